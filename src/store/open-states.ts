import { openPartStates, type PartState } from "../domain/part.ts";

/**
 * The open states as SQL literals: the predicate of the partial indexes, and of the queries that use them,
 * which the planner can only match when the states are not parameters.
 */
export const openStatesSql = statesSql(openPartStates);

export function statesSql(states: readonly PartState[]): string {
  return states.map((state) => `'${state}'`).join(", ");
}

/**
 * The open parts `p` of an open deletion `d`. To find those of a user there is no index, which each part would pay for
 * three times in its life: only an open deletion has any, and of those there is one. Looked up by the deletion's key
 * whatever the planner thinks, for it knows the tables as they were before a backlog came up; the states stand outside
 * of that, or it would go through all that is open.
 */
export const openPartsSql = `cross join lateral (
  select * from (select * from parts where deletion_id = d.id offset 0) as own where state in (${openStatesSql})) as p`;

/**
 * The open parts `p` of the deletions of a row's user that were accepted before its own (`<`), or also of its own (`<=`).
 * In order, or an empty ledger's plan would take any of the indexes of what is open, and keep it.
 */
export function openPartsUpToSql(row: string, accepted: "<" | "<="): string {
  return `(select id from deletions
            where subject = ${row}.subject and seq ${accepted} ${row}.seq and closed_at is null order by seq) as d ${openPartsSql}`;
}
