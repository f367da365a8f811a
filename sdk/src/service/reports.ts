import type { DataStatusReport, TracingClient } from "../client/client.ts";
import type { TraceHeaders } from "../client/report.ts";
import { type Log, logReportFailure } from "./log.ts";
import type { EndedResult, Finished } from "./pairs.ts";
import { unavailable } from "./problem.ts";

/** One report, and the pair of deletion and category it is about. */
export interface PairReport {
  key: string;
  body: DataStatusReport;
  trace: TraceHeaders;
}

/** Sends reports; of each pair only the newest is under way. */
export interface Reports {
  /** True once the hub has it; false when it was refused for good, replaced, or stopped. */
  send(report: PairReport): Promise<boolean>;
  /** @throws Refusal `unavailable` when so many more would be too many under way at once. */
  admit(count: number): void;
  /** Gives up whatever is under way, and takes nothing more. */
  stop(): void;
}

interface Sending {
  body: DataStatusReport;
  controller: AbortController;
  acknowledged: Promise<boolean>;
}

/** @param most - how many may be under way: a hub that cannot be reached keeps each for a day. */
export function createReports(client: TracingClient, log: Log, most = 10_000): Reports {
  const sending = new Map<string, Sending>();
  let isStopped = false;

  function send(report: PairReport): Promise<boolean> {
    if (isStopped) return Promise.resolve(false);
    const last = sending.get(report.key);
    if (last && outranks(last.body, report.body)) return last.acknowledged;
    // A newer attempt says the same and counts more: two loops for one pair would only pile up.
    last?.controller.abort();
    const controller = new AbortController();
    const acknowledged = deliver(report, controller.signal).finally(() => {
      if (sending.get(report.key)?.controller === controller) sending.delete(report.key);
    });
    sending.set(report.key, { body: report.body, controller, acknowledged });
    return acknowledged;
  }

  async function deliver({ body, trace }: PairReport, signal: AbortSignal): Promise<boolean> {
    try {
      await client.report(body, trace, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) logReportFailure(log, body, error);
      return false;
    }
  }

  function admit(count: number): void {
    if (sending.size + count > most) throw unavailable("unavailable");
  }

  function stop(): void {
    isStopped = true;
    for (const { controller } of sending.values()) controller.abort();
  }

  return { send, admit, stop };
}

/**
 * Whether the report under way must not give way: done stays done, even if a forgotten pair ran again
 * and failed; and calls that overlap may end in another order than the hub made them.
 */
function outranks(last: DataStatusReport, next: DataStatusReport): boolean {
  if (last.state !== next.state) return last.state === "deleted";
  return (last.attempt ?? 0) > (next.attempt ?? 0);
}

/** Which deletion a report is about. */
export interface ReportSubject {
  reportUid: string;
  category: string;
  deletionId: string;
  attempt: number;
}

/** A finished run as the contract's report. Source: contract section 6. */
export function reportOf(subject: ReportSubject, finished: Finished): DataStatusReport {
  return {
    yandex_uid: subject.reportUid,
    category_id: subject.category,
    deletion_id: subject.deletionId,
    attempt: subject.attempt,
    ...toldOf(finished),
  };
}

/** What a report tells beside whom and what it is about. */
export function toldOf({ result, completedAt, before }: Finished) {
  return {
    ...stateOf(result),
    completed_at: completedAt.toISOString(),
    to: before.toISOString(),
  };
}

type State = Pick<
  DataStatusReport,
  "state" | "outcome" | "retained_until" | "reason" | "error" | "retriable"
>;

function stateOf(result: EndedResult): State {
  switch (result.kind) {
    case "erased":
    case "nothing_found":
      return { state: "deleted", outcome: result.kind };
    case "anonymized":
    case "retained":
      return { state: "deleted", outcome: result.kind, ...groundOf(result) };
    case "denied":
      return {
        ...failure("delete_denied", "The service refuses to delete.", false),
        reason: result.reason,
      };
    case "fatal":
      return failure(result.code, result.message, false);
    case "failed":
      return failure("delete_failed", "The service could not delete.", true);
  }
}

/** Until when data stays and why, as it stands in reports and answers. */
export function groundOf(result: { until?: Date; reason?: string }) {
  return {
    ...(result.until ? { retained_until: result.until.toISOString() } : {}),
    ...(result.reason === undefined ? {} : { reason: result.reason }),
  };
}

function failure(code: string, message: string, retriable: boolean): State {
  return { state: "delete_failed", error: { code, message }, retriable };
}
