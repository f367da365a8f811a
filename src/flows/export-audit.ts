import { masked } from "../domain/masked.ts";
import {
  type Period,
  readNotices,
  readNow,
  readTrail,
  type TrailRow,
} from "../store/audit-trail.ts";
import type { FlowContext } from "./context.ts";

export interface AuditPeriod {
  /** In ms of database time; it is included. */
  readonly from: number;
  /** It is not included. `null`, or later: what is a minute old. */
  readonly to: number | null;
}

/** One thing that happened, ready to be written as JSON. */
export interface AuditEntry {
  /** An operator's act; a part's transition; what befell a service; a part that reached a threshold of `stuck`. */
  readonly kind: "act" | "part" | "service" | "notice";
  readonly at: string;
  readonly [column: string]: string | number | null;
}

/** A transaction that began before may still write of an earlier moment, and lasts no longer. */
const settledAfterMs = 60_000;

/** Where others than the hub choose the words. */
const writtenByOthers = new Set(["reason", "error_code"]);

/**
 * The audit and event trail of a period, in pages: operators' acts, then services' events, parts' events and notices,
 * each in its own order. Ends a minute ago at the latest, so that periods that follow each other leave nothing out.
 * Bears no user: no hash of one either, and where others choose the words, what may name one is masked.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function* exportAudit(
  { store }: Pick<FlowContext, "store">,
  { from, to }: AuditPeriod,
): AsyncGenerator<AuditEntry> {
  const settled = (await readNow(store)) - settledAfterMs;
  const period: Period = { from, to: to === null ? settled : Math.min(to, settled) };
  for (const kind of ["act", "service", "part"] as const) {
    for await (const rows of readTrail(store, kind, period)) yield* rows.map(toEntry(kind));
  }
  for await (const rows of readNotices(store, period)) yield* rows.map(toEntry("notice"));
}

function toEntry(kind: AuditEntry["kind"]) {
  return ({ at, ...columns }: TrailRow): AuditEntry => {
    const shown = Object.entries(columns).map(([column, value]) => [
      column,
      writtenByOthers.has(column) && typeof value === "string" ? masked(value) : value,
    ]);
    return { kind, at: new Date(at).toISOString(), ...Object.fromEntries(shown) };
  };
}
