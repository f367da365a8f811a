import { openPartStates } from "../domain/part.ts";

/**
 * The open states as SQL literals: the predicate of the partial indexes, and of the queries that use them,
 * which the planner can only match when the states are not parameters.
 */
export const openStatesSql = openPartStates.map((state) => `'${state}'`).join(", ");

/**
 * The open parts `p` of an open deletion `d`. They have no index of their own, which each part would pay for three
 * times in its life: only an open deletion has any, and those have one. Looked up by the deletion's key whatever the
 * planner thinks, because a join with what was small when it was analysed takes minutes when a backlog has come up.
 */
export const openPartsSql = `cross join lateral (
  select * from parts where deletion_id = d.id and state in (${openStatesSql}) offset 0) as p`;
