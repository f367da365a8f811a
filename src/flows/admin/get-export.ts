import { TakeoutError } from "../../domain/errors.ts";
import type { ShownExport, ShownExportEvent } from "../../domain/shown-export.ts";
import { readExportTimeline } from "../../store/exports/lists.ts";
import { readExports } from "../../store/exports/read.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

/** Events that are shown of one export; older ones are left out. */
const mostEvents = 1_000;

export interface ExportWithTimeline {
  readonly shown: ShownExport;
  readonly timeline: readonly ShownExportEvent[];
  readonly isCut: boolean;
}

/** One export with what happened to it. @throws TakeoutError `not_found`, `unavailable`. */
export async function getExport(
  { store }: FlowContext,
  { exportId }: { readonly exportId: string },
): Promise<ExportWithTimeline> {
  const [shown] = await guarded(readExports(store.sql, [exportId]));
  if (!shown) throw new TakeoutError("not_found");
  const events = await readExportTimeline(store, exportId, mostEvents + 1);
  return { shown, timeline: events.slice(-mostEvents), isCut: events.length > mostEvents };
}
