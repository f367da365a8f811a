import { findOutage, findTrouble } from "../domain/database-error.ts";
import { isAway } from "../store/transaction.ts";
import type { FlowLog } from "./context.ts";

/** What the log says of a database that is away: that it went, now and then that it still is, and that it is back. */
export interface Outage {
  /** Something failed that asks the database alone: whatever else ails it is a warning of its own, in these words. */
  failed(error: unknown, message: string): void;
  /** Whether what else failed needs no line of its own, because the database is away. */
  covers(error: unknown): boolean;
  /** The database answers. */
  answered(): void;
}

const remindEveryMs = 60_000;
/** So long nothing may fail before it is back: one that comes up lets some in before others. */
const calmMs = 2_000;

/** @param now - a clock that never goes back, in ms. */
export function createOutage(log: FlowLog, now: () => number = () => performance.now()): Outage {
  let current: { failedAt: number; remindAt: number; count: number } | null = null;
  const note = (outage: NonNullable<typeof current>, error: unknown) => {
    outage.count += 1;
    if (now() < outage.remindAt) return;
    outage.remindAt = now() + remindEveryMs;
    log.warn({ code: codeOf(error), count: outage.count }, "the database is still away");
  };
  return {
    failed(error, message) {
      if (!isAway(error)) return log.warn({ error }, message);
      if (current === null) {
        current = { failedAt: now(), remindAt: now() + remindEveryMs, count: 1 };
        return tell(log, error);
      }
      current.failedAt = now();
      note(current, error);
    },
    covers(error) {
      if (current === null || !isAway(error)) return false;
      note(current, error);
      return true;
    },
    answered() {
      if (current === null || now() - current.failedAt < calmMs) return;
      log.info({ count: current.count }, "the database is there again");
      current = null;
    },
  };
}

/** Leaves out of a log what a database that is away is the cause of. */
export function withoutOutages<L extends FlowLog>(log: L, outage: Outage): L {
  const unlessAway =
    (say: FlowLog["warn"]): FlowLog["warn"] =>
    (fields, message) => {
      if (!outage.covers(fields.error)) say(fields, message);
    };
  return { ...log, warn: unlessAway(log.warn), error: unlessAway(log.error) };
}

/** What a statement lacks may also be a fault of ours, so its place is told. */
function tell(log: FlowLog, error: unknown): void {
  const code = codeOf(error);
  if (findTrouble(error, "unmigrated")) log.warn({ code, error }, "the database is not migrated");
  else log.warn({ code }, "the database is away, and is tried again until it is there");
}

/** A driver has no code for a connection that was cut, and who waited in vain knows of nothing. */
function codeOf(error: unknown): string {
  const cause = findOutage(error);
  if (cause === undefined) return "no_answer";
  const { code } = cause as { code?: unknown };
  return typeof code === "string" ? code : "connection_lost";
}
