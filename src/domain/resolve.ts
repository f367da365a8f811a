import { isOpen, type Part } from "./part.ts";

/** A part as far as it says whether an operator may end it. */
type Endable = Pick<Part, "service" | "state" | "outcome">;

/**
 * Whether a deletion has anything that operators could still end: a part itself, or that its user is remembered for it.
 *
 * @param service - of whose parts; `null`: of all.
 * @param isSealed - whether the deletion still has its snapshot.
 * Source: contract 9 and 10.
 */
export function isAnythingLeft(
  parts: readonly Endable[],
  service: string | null,
  isSealed: boolean,
): boolean {
  const own = parts.filter((part) => service === null || part.service === service);
  return own.some(
    ({ state, outcome }) =>
      isOpen(state) || state === "delete_failed" || (outcome === "retained" && isSealed),
  );
}
