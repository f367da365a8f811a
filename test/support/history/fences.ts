import type { RowEntry } from "../../faults/logs.ts";
import type { IndexedHistory } from "./indexed.ts";
import { type Look, lookAtEach } from "./look.ts";
import type { DeletionRow } from "./rows.ts";

/** Every call of a deletion bears the same fence: the moment of acceptance, or that of the deletion it retries. */
export function lookForOtherFences(history: IndexedHistory): Look {
  return lookAtEach(history.deleteCalls, ({ deletionId, service, attempt, to }) => {
    const isIt = Date.parse(to) === history.deletionOf.get(deletionId)?.fence_at;
    return !isIt && `${deletionId} ${service}/${attempt} to ${to}`;
  });
}

/** Services delete nothing that is newer than the fence. Counted are the rows that a fence protected. */
export function lookForNewerDeleted(history: IndexedHistory): Look {
  const { violations } = lookAtEach(deletedRows(history), (row) => {
    const fence = history.deletionOf.get(row.deletionId ?? "")?.fence_at ?? row.to;
    return fence !== undefined && row.createdAt > fence && describe(row);
  });
  const isProtected = (row: RowEntry) =>
    deletionsThatCalled(history, row).some(({ fence_at }) => fence_at < row.createdAt);
  return { seen: writtenRows(history).filter(isProtected).length, violations };
}

/** A row goes by a deletion of its own user, service and category, and by nothing else. */
export function lookForOverreach(history: IndexedHistory): Look {
  if (!history.subjects) return { seen: 0, violations: [] };
  return lookAtEach(deletedRows(history), (row) => {
    const ids = deletionsThatCalled(history, row).map(({ id }) => id);
    return !ids.includes(row.deletionId ?? "") && describe(row);
  });
}

/**
 * Where a part is deleted, nothing is left that is not newer than the fence and was there when its service was
 * first called, or is known to have been written before it deleted.
 */
export function lookForOlderLeft(history: IndexedHistory): Look {
  const gone = new Set(deletedRows(history).map(rowName));
  const doomed = writtenRows(history).filter((row) =>
    deletionsThatCalled(history, row).some((deletion) => dooms(history, deletion, row)),
  );
  return lookAtEach(doomed, (row) => !gone.has(rowName(row)) && describe(row));
}

function dooms(history: IndexedHistory, deletion: DeletionRow, row: RowEntry): boolean {
  if (row.createdAt > deletion.fence_at) return false;
  const part = history.partsOf
    .get(deletion.id)
    ?.find((own) => own.service === row.service && own.category_id === row.categoryId);
  const isErased = part?.state === "deleted" && (part.outcome ?? "erased") === "erased";
  const wasThere =
    row.deletionId === deletion.id || row.at < firstCallAt(history, deletion.id, row);
  return isErased && wasThere;
}

const writtenRows = ({ rows }: IndexedHistory) => rows.filter(({ what }) => what === "written");
const deletedRows = ({ rows }: IndexedHistory) => rows.filter(({ what }) => what === "deleted");

function rowName(row: RowEntry): string {
  return `${row.service}/${row.categoryId} row ${row.rowId} of ${row.uid}`;
}

function describe(row: RowEntry): string {
  const name = `${row.service}/${row.categoryId} row ${row.rowId} of ${row.createdAt}`;
  return row.deletionId ? `${name}, deletion ${row.deletionId} to ${row.to}` : name;
}

/** The deletions of a row's user in which the row's service was called for its category. */
function deletionsThatCalled(history: IndexedHistory, row: RowEntry): DeletionRow[] {
  return history
    .deletionsOf(history.hashesOf(row.uid))
    .filter(({ id }) => Number.isFinite(firstCallAt(history, id, row)));
}

/** Infinite when it was never called. */
function firstCallAt(history: IndexedHistory, deletionId: string, row: RowEntry): number {
  const calls = history.callsTo.get(`${deletionId} ${row.service}/${row.categoryId}`) ?? [];
  return Math.min(...calls.map(({ arrivedAt }) => arrivedAt));
}
