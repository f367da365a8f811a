import { env } from "node:process";
import { describe, expect, test } from "vitest";
import { checkHistory, listUnfinished } from "../support/history.ts";
import { runInterleaving } from "./interleavings/run.ts";

const runs = 30;
/** Any number; a run that fails says which, and `INTERLEAVINGS_SEED` repeats it. */
const firstSeed = Number(env.INTERLEAVINGS_SEED ?? Date.now() % 1_000_000_000);
const seeds = Array.from({ length: runs }, (_, at) => firstSeed + at);

describe("requests, drives in three processes, answers, reports and lost calls, in any order", () => {
  const seen = new Map<string, number>();
  const note = (what: string, times: number) => seen.set(what, (seen.get(what) ?? 0) + times);

  test.each(seeds)("every guarantee holds and everything ends (seed %i)", async (seed) => {
    const history = await runInterleaving(seed);
    expect(checkHistory(history)).toEqual([]);
    expect(listUnfinished(history)).toEqual([]);
    for (const { event } of history.events) note(event, 1);
    const retries = history.calls.filter(({ attempt }) => (attempt ?? 0) > 1);
    note("retried call", retries.length);
    const claims = history.events.filter(
      ({ event, from_state }) => event === "claimed" && from_state === "calling",
    );
    note("lost call claimed anew", claims.length);
    note("deletion", history.deletions.length);
    note("retry", history.deletions.filter(({ is_retry }) => is_retry).length);
  });

  test("and the runs were worth something: what can happen has happened", () => {
    const mustHappen = [
      ...["deletion", "claimed", "retried call", "lost call claimed anew", "answered_accepted"],
      ...["answered_done", "attempt_failed", "attempt_failed_finally", "reconciled"],
      ...["reported_deleted", "reported_failed", "reported_failed_finally"],
      ...["predecessors_done", "predecessor_failed"],
      ...["retry", "operator_cancelled", "operator_resolved"],
    ];
    expect(mustHappen.filter((what) => !seen.get(what))).toEqual([]);
  });
});
