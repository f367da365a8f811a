import type { Log, RowEntry } from "../logs.ts";

interface Row {
  readonly rowId: string;
  readonly createdAt: number;
}

/** A call as far as rows are concerned. */
export interface RowsCall {
  readonly uid: string;
  readonly categoryId: string;
  readonly deletionId: string;
  /** The fence that this call bore, in ms. */
  readonly to: number;
}

/** The data of a service: rows with a time of creation, for each user and category. */
export interface Rows {
  /**
   * The user uses the service: writes what the fence must spare, and at a first call what it must not.
   *
   * @returns whether there is something now that the call is to delete.
   */
  live(call: RowsCall): boolean;
  /** Deletes what was created up to the call's fence, and believes the fence that it is given. */
  delete(call: RowsCall): void;
}

export function createRows(service: string, log: Log<RowEntry>): Rows {
  const rows = new Map<string, Row[]>();
  const seen = new Set<string>();
  let count = 0;

  const keyOf = ({ uid, categoryId }: RowsCall) => `${uid} ${categoryId}`;

  function write(call: RowsCall, createdAt: number): void {
    const row = { rowId: `${service}-${++count}`, createdAt };
    const own = rows.get(keyOf(call));
    if (own) own.push(row);
    else rows.set(keyOf(call), [row]);
    note(call, row, "written");
  }

  function note(call: RowsCall, row: Row, what: RowEntry["what"]): void {
    log.write({ service, ...call, ...row, what, at: Date.now() });
  }

  return {
    live(call) {
      const first = `${call.deletionId} ${call.categoryId}`;
      const isFirst = !seen.has(first);
      seen.add(first);
      if (isFirst) {
        write(call, call.to - 1_000);
        write(call, call.to);
      }
      write(call, call.to + 1);
      return isFirst;
    },
    delete(call) {
      const own = rows.get(keyOf(call)) ?? [];
      for (const row of own) if (row.createdAt <= call.to) note(call, row, "deleted");
      const left = own.filter(({ createdAt }) => createdAt > call.to);
      rows.set(keyOf(call), left);
    },
  };
}
