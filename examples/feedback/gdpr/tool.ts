import { setTimeout as pause } from "node:timers/promises";
import { createTakeoutClient, type TakeoutClientOptions, TakeoutSdkError } from "takeout-sdk";
import type { Sql } from "../database.ts";
import { anonymizeAll } from "./anonymize.ts";
import { purgeAll } from "./purge.ts";
import { reportAll } from "./report.ts";

export interface ToolOptions {
  sql: Sql;
  /** Who reports to the hub. */
  hub: Pick<TakeoutClientOptions, "service" | "signingKey" | "hub">;
  batch: number;
  keepHiddenDays: number;
}

/** One run: anonymises what was asked for, reports what is done, purges what has been hidden long enough. */
export type Run = (signal: AbortSignal) => Promise<void>;

/**
 * Makes the tool that a schedule runs. Runs may overlap, in one process or several, and may be killed
 * at any moment: each goes on where the database stands. Source: S4.
 */
export function createTool({ sql, hub, batch, keepHiddenDays }: ToolOptions): Run {
  // One attempt to report in a run: when it is due again stands in the database.
  const client = createTakeoutClient({ ...hub, timeoutMs: 5_000, retry: { giveUpAfterMs: 0 } });

  return async (signal) => {
    const options = { batch, keepHiddenDays, signal, onError: logError };
    const tasks = await anonymizeAll(sql, options);
    const reports = await reportAll(sql, client, options);
    const purged = await purgeAll(sql, signal);
    if (tasks + reports + purged > 0) {
      console.log(`feedback: anonymised ${tasks}, reported ${reports}, purged ${purged}`);
    }
  };
}

/** Runs the tool every so often until the signal aborts; a run that fails is followed by the next. */
export async function keepRunning(run: Run, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await run(signal).catch(logError);
    await pause(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** A database's message may quote a row, so that its code must do. */
function logError(error: unknown): void {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  const place = error instanceof Error && !code ? error.stack?.match(/\n\s+at .*/)?.[0].trim() : "";
  const what = error instanceof TakeoutSdkError ? "could not report" : "the tool failed";
  console.error(`feedback: ${what}: ${[name, code, place].filter(Boolean).join(" ")}`);
}
