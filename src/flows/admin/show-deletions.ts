import { TakeoutError } from "../../domain/errors.ts";
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
  return stored.map((deletion) => ({ ...deletion, parts: deletion.parts.map(toShown(context)) }));
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

function toShown({ registry }: FlowContext) {
  return ({ blockers, ...part }: StoredDeletion["parts"][number]) => {
    const after = registry.findService(part.service)?.after ?? [];
    return { ...part, waitsFor: after.filter((service) => blockers.includes(service)) };
  };
}
