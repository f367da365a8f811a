import { backoffMs } from "./backoff.ts";
import {
  applyExportEvent,
  type ExportPart,
  type ExportPartChange,
  type ExportPartEvent,
} from "./export-part.ts";
import type { ServiceRules } from "./registry.ts";

/** What one export call to a service came to (contract 7, table of answers). */
export type ExportOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "no_data" }
  | { readonly kind: "data"; readonly files: readonly InlineFile[]; readonly amiss: string | null }
  | { readonly kind: "denied"; readonly reason: string | null }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs: number }
  /** The hub could not keep what it was given: nobody's attempt. */
  | { readonly kind: "not_kept"; readonly code: string }
  | { readonly kind: "refused"; readonly code: string };

/** A file that came with the answer. */
export interface InlineFile {
  readonly name: string;
  readonly text: string;
}

/** What a service reports of its part (contract 8). */
export interface ExportReport {
  readonly state: "exported" | "no_data" | "export_failed";
  readonly errorCode: string | null;
  readonly isRetriable: boolean;
}

/** The rules, the moment and the chance that an outcome is judged with. */
export interface ExportCircumstances {
  readonly rules: ServiceRules;
  /** Database time in ms. */
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
  /** The service's breaker is open: a failure is nobody's attempt. */
  readonly isExcused?: boolean;
}

const longestSilenceMs = 24 * 60 * 60 * 1000;

/**
 * What a call changes in its part. An outcome of an older attempt, or of a part that is no longer `calling`,
 * changes nothing.
 */
export function applyExportOutcome(
  part: ExportPart,
  attempt: number,
  outcome: ExportOutcome,
  on: ExportCircumstances,
): ExportPartChange | null {
  if (part.state !== "calling" || part.attempt !== attempt) return null;
  switch (outcome.kind) {
    case "accepted":
      return applyExportEvent(part, "answered_accepted", on.now, {
        dueAt: on.now + silenceMs(part.asks, on.rules.reportWithinMs),
        errorCode: null,
      });
    case "no_data":
      return applyExportEvent(part, "answered_no_data", on.now, { errorCode: null });
    case "data":
      return applyExportEvent(part, "answered_data", on.now, { errorCode: outcome.amiss });
    case "denied":
      return finally_(part, outcome.reason ?? "delete_denied", on);
    case "refused":
      return finally_(part, outcome.code, on);
    case "not_kept":
      return again(part, outcome.code, on);
    case "failed":
      return on.isExcused
        ? again(part, outcome.code, on)
        : countExportFailure(part, outcome.code, on, outcome.retryAfterMs);
  }
}

/** What became of a report. `closed`: the part ended otherwise, and what is reported comes too late. */
export type ExportReportDecision =
  | { readonly kind: "moves"; readonly change: ExportPartChange }
  | { readonly kind: "recorded" }
  | { readonly kind: "closed" };

/**
 * Decides what a report does to its part. Repeats change nothing.
 *
 * @param on - `null`: the service is configured no longer; what it failed at is then not tried again.
 * @param isBegun - whether the archive is begun, or there: what failed before does not come into it any more.
 */
export function decideExportReport(
  part: ExportPart,
  report: ExportReport,
  on: ExportCircumstances | null,
  { now, isBegun }: { readonly now: number; readonly isBegun: boolean },
): ExportReportDecision {
  if (part.state === report.state) return { kind: "recorded" };
  if (part.state === "exported" || part.state === "no_data") {
    return { kind: report.state === "export_failed" ? "recorded" : "closed" };
  }
  if (part.state === "export_failed" && isBegun) return { kind: "closed" };
  const change = reportChange(part, report, on, now);
  return change ? { kind: "moves", change } : { kind: "recorded" };
}

function reportChange(
  part: ExportPart,
  report: ExportReport,
  on: ExportCircumstances | null,
  now: number,
): ExportPartChange | null {
  const code = report.errorCode ?? "export_failed";
  switch (report.state) {
    case "exported":
      return applyExportEvent(part, "reported_exported", now, { errorCode: null });
    case "no_data":
      return applyExportEvent(part, "reported_no_data", now, { errorCode: null });
    case "export_failed":
      if (on === null || !report.isRetriable) {
        return applyExportEvent(part, "reported_failed_finally", now, { errorCode: code });
      }
      return countExportFailure(part, code, on, 0, {
        again: "reported_failed",
        finally: "reported_failed_finally",
      });
  }
}

function countExportFailure(
  part: ExportPart,
  code: string,
  on: ExportCircumstances,
  retryAfterMs = 0,
  events: { again: ExportPartEvent; finally: ExportPartEvent } = {
    again: "attempt_failed",
    finally: "attempt_failed_finally",
  },
): ExportPartChange | null {
  const failures = part.failures + 1;
  if (failures >= on.rules.attempts) {
    return applyExportEvent(part, events.finally, on.now, { failures, errorCode: code });
  }
  const delayMs = backoffMs(failures, on.rules.backoff, on.random, retryAfterMs);
  const dueAt = on.now + delayMs;
  return applyExportEvent(part, events.again, on.now, { failures, errorCode: code, dueAt });
}

function finally_(part: ExportPart, errorCode: string, on: ExportCircumstances) {
  const failures = part.failures + 1;
  return applyExportEvent(part, "attempt_failed_finally", on.now, { failures, errorCode });
}

/** Later, without counting it: as after the failures that there were, and one. */
function again(part: ExportPart, errorCode: string, on: ExportCircumstances) {
  const delayMs = backoffMs(part.failures + 1, excusedBackoff, on.random);
  return applyExportEvent(part, "attempt_excused", on.now, { errorCode, dueAt: on.now + delayMs });
}

const excusedBackoff = { firstMs: 5_000, maxMs: 60_000 };

/** How long a service that has accepted may be silent before it is called again: doubled each time. */
function silenceMs(asks: number, reportWithinMs: number): number {
  return Math.min(reportWithinMs * 2 ** Math.min(asks, 40), longestSilenceMs);
}
