import { TakeoutError } from "../../domain/errors.ts";
import { isOpen } from "../../domain/part.ts";
import { isAnythingLeft } from "../../domain/resolve.ts";
import type { ShownDeletion } from "../../domain/shown.ts";
import { readDeletions, type StoredDeletion } from "../../store/admin.ts";
import type { Sql, Transaction } from "../../store/connect.ts";
import type { FlowContext } from "../context.ts";

/** Deletions as operators see them: with the services that their parts wait for, by the configuration. */
export async function showDeletions(
  context: FlowContext,
  sql: Sql | Transaction,
  ids: readonly string[],
): Promise<ShownDeletion[]> {
  const stored = await readDeletions(sql, ids);
  return stored.map(({ isSealed, ...deletion }) => {
    const parts = deletion.parts.map(toShown(context, deletion.parts));
    const { proposal } = deletion;
    // What was proposed may have come to its end by itself.
    const isStanding = proposal && isAnythingLeft(parts, proposal.service, isSealed);
    return { ...deletion, parts, proposal: isStanding ? proposal : null };
  });
}

/** One that is there. */
export async function showDeletion(
  context: FlowContext,
  sql: Sql | Transaction,
  id: string,
): Promise<ShownDeletion> {
  const [deletion] = await showDeletions(context, sql, [id]);
  if (!deletion) throw new TakeoutError("not_found");
  return deletion;
}

function toShown({ registry }: FlowContext, parts: StoredDeletion["parts"]) {
  const held = parts
    .filter(
      ({ state, service, categoryId }) => isOpen(state) && !registry.holds(service, categoryId),
    )
    .map(({ service }) => service);
  return ({ blockers, ...part }: StoredDeletion["parts"][number]) => {
    const after = registry.findService(part.service)?.after ?? [];
    const first = after.filter((service) => blockers.includes(service));
    // What the configuration does not know is waited for until it returns or is ended.
    const alsoHeld = part.state === "waiting" ? held.filter((name) => name !== part.service) : [];
    return { ...part, waitsFor: [...new Set([...first, ...alsoHeld])] };
  };
}
