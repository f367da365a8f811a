import { randomUUIDv7 } from "node:crypto";
import type { LedgerClock } from "./ledger-clock.ts";

/** An id that bears the database's time: lists go by their ids, which processes make whose own clocks may be wrong. */
export function newId(clock: Pick<LedgerClock, "now">): string {
  const own = randomUUIDv7();
  const time = timeOfId(clock.now());
  return time + own.slice(time.length);
}

/** The smallest id that could have been made at this moment (RFC 9562, 5.7). */
export function smallestIdAt(ms: number): string {
  return `${timeOfId(ms)}-7000-8000-000000000000`;
}

function timeOfId(ms: number): string {
  const hex = Math.max(0, Math.trunc(ms)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
