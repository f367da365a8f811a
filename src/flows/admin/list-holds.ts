import type { Page, ShownHold } from "../../domain/shown.ts";
import { selectHolds } from "../../store/holds.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

/** A page of holds, the newest first. @throws TakeoutError `unavailable`. */
export async function listHolds(
  { store, subjects }: FlowContext,
  input: { readonly uid: string | null; readonly before: string | null; readonly limit: number },
): Promise<Page<ShownHold, string>> {
  const { uid, before, limit } = input;
  const rows = await guarded(
    selectHolds(store.sql, {
      subjects: uid === null ? null : subjects.allOf(uid),
      before,
      limit: limit + 1,
    }),
  );
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
