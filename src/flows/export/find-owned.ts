import { TakeoutError } from "../../domain/errors.ts";
import type { ShownExport } from "../../domain/shown-export.ts";
import { isExportOf, readExports } from "../../store/exports/read.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

/**
 * An export of this user, who asked for it.
 *
 * @throws TakeoutError `job_not_found`: there is none of this id, or it is another user's; `unavailable`.
 * Source: contract 8.
 */
export async function findOwnedExport(
  { store, subjects }: FlowContext,
  { uid, exportId }: { readonly uid: string; readonly exportId: string },
): Promise<ShownExport> {
  const { sql } = store;
  const [isOwn, [shown]] = await guarded(
    Promise.all([isExportOf(sql, exportId, subjects.allOf(uid)), readExports(sql, [exportId])]),
  );
  if (!isOwn || !shown) throw new TakeoutError("job_not_found");
  return shown;
}
