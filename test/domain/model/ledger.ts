import type { LedgerPart, LedgerView } from "../../../src/domain/merge.ts";
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
      })),
    ),
  };
}

function lastPart(
  mine: readonly ModelDeletion[],
  categoryId: string,
  service: string,
): LedgerPart | null {
  const isIt = (part: { categoryId: string; service: string }) =>
    part.categoryId === categoryId && part.service === service;
  const deletion = mine.findLast(({ parts }) => parts.some(isIt));
  const part = deletion?.parts.find(isIt);
  if (!deletion || !part) return null;
  return {
    ...part,
    wasJoined: deletion.categories.get(categoryId)?.wasJoined ?? false,
    isOfNewestDeletion: mine.findLast(({ categories }) => categories.has(categoryId)) === deletion,
  };
}
