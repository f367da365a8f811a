import { openPartStates } from "../domain/part.ts";

/**
 * The open states as SQL literals: the predicate of the partial indexes, and of the queries that use them,
 * which the planner can only match when the states are not parameters.
 */
export const openStatesSql = openPartStates.map((state) => `'${state}'`).join(", ");
