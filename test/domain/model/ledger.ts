import type { LedgerPart, LedgerView } from "../../../src/domain/merge.ts";
import type { Part } from "../../../src/domain/part.ts";
import type { ModelDeletion, World } from "./world.ts";

/** What the store would read of a user for status. */
export function ledgerOf(world: World, user: string): LedgerView {
  const mine = world.deletions.filter((deletion) => deletion.user === user);
  return {
    now: world.now,
    categories: world.registry.categories.map(({ id }) => {
      const newest = mine.findLast(({ categories }) => categories.has(id));
      const done = mine.findLast(({ categories }) => categories.get(id)?.deletedAt != null);
      return {
        categoryId: id,
        isOpen: newest !== undefined && newest.categories.get(id)?.closedAt === null,
        updatedAt: done?.categories.get(id)?.deletedAt ?? null,
      };
    }),
    entries: world.registry.categories.flatMap(({ id }) =>
      world.registry.servicesOf(id).map(({ name }) => ({
        categoryId: id,
        service: name,
        lastPart: lastPart(mine, id, name),
        ownDeletedAt: world.ownStates.get(`${user}/${id}/${name}`) ?? null,
        calledOffAt: calledOffAt(mine, id, name),
      })),
    ),
  };
}

function lastPart(
  mine: readonly ModelDeletion[],
  categoryId: string,
  service: string,
): LedgerPart | null {
  const counting = ({ parts }: ModelDeletion) => parts.filter(({ state }) => state !== "cancelled");
  const deletion = mine.findLast((one) => find(counting(one), categoryId, service));
  const part = deletion && find(deletion.parts, categoryId, service);
  if (!deletion || !part) return null;
  const since = mine.filter(
    ({ seq, categories }) => seq >= deletion.seq && categories.has(categoryId),
  );
  const isWhole = (one: ModelDeletion) =>
    !one.isRetry && counting(one).some((part) => part.categoryId === categoryId);
  return {
    ...part,
    wasJoined: since.some(({ categories }) => categories.get(categoryId)?.wasJoined),
    isOfNewestDeletion: !since.some((one) => one !== deletion && isWhole(one)),
  };
}

function calledOffAt(
  mine: readonly ModelDeletion[],
  categoryId: string,
  service: string,
): number | null {
  const newest = mine.findLast(({ parts }) => find(parts, categoryId, service));
  const part = newest && find(newest.parts, categoryId, service);
  return part?.state === "cancelled" ? part.closedAt : null;
}

function find(parts: readonly Part[], categoryId: string, service: string): Part | undefined {
  return parts.find((part) => part.categoryId === categoryId && part.service === service);
}
