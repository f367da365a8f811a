import type { DeletionState, Page, ShownDeletion } from "../../domain/shown.ts";
import {
  deletionsSeenAtOnce,
  type SeenDeletion,
  selectDeletionIds,
  selectIdsOfRequest,
  selectIdsOfUser,
} from "../../store/admin-lists.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { showDeletions } from "./show-deletions.ts";

export interface DeletionsInput {
  readonly state: DeletionState | null;
  readonly service: string | null;
  readonly categoryId: string | null;
  readonly olderThanMs: number | null;
  readonly uid: string | null;
  readonly takeoutRequestId: string | null;
  /** `next` of the page before. */
  readonly before: string | null;
  readonly limit: number;
}

/**
 * A page of deletions, the newest first, that meet every condition. May be short, or empty, and have a next one.
 *
 * @throws TakeoutError `unavailable`.
 * Source: contract 10.
 */
export async function listDeletions(
  context: FlowContext,
  input: DeletionsInput,
): Promise<Page<ShownDeletion, string>> {
  const { sql } = context.store;
  const ids = await findIds(context, input);
  const now = context.clock.now();
  const rows = await guarded(selectDeletionIds(sql, { ...input, ids, now }));
  const found = rows.flatMap(({ id }) => id ?? []);
  const shown = found.slice(0, input.limit);
  const items = await guarded(showDeletions(context, sql, shown));
  return { items, next: found.length > shown.length ? (shown.at(-1) ?? null) : lastSeen(rows) };
}

/** Where the next page begins when this one looked at as many as it may. */
function lastSeen([row]: readonly SeenDeletion[]): string | null {
  return row && row.seen >= deletionsSeenAtOnce ? row.last_seen : null;
}

/** Those that the user's uid and the request's id lead to; `null`: neither was given. */
async function findIds(
  { store, subjects }: FlowContext,
  { uid, takeoutRequestId }: DeletionsInput,
): Promise<string[] | null> {
  const { sql } = store;
  const [ofUser, ofRequest] = await guarded(
    Promise.all([
      uid === null ? null : selectIdsOfUser(sql, subjects.allOf(uid)),
      takeoutRequestId === null
        ? null
        : selectIdsOfRequest(sql, subjects.requestKeys(takeoutRequestId)),
    ]),
  );
  const lists = [ofUser, ofRequest].flatMap((rows) =>
    rows ? [new Set(rows.map((row) => row.id))] : [],
  );
  const [first, second] = lists;
  return first ? [...first].filter((id) => second?.has(id) ?? true) : null;
}
