import { type Circumstances, countFailure } from "./outcome.ts";
import { applyEvent, type Outcome, type Part, type PartChange } from "./part.ts";
import type { Registry } from "./registry.ts";

/** A report of a service (S2, part 1), instants in ms. */
export interface Report {
  readonly state: "deleted" | "delete_failed";
  readonly deletionId: string | null;
  readonly attempt: number | null;
  readonly outcome: Outcome;
  readonly retainedUntil: number | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
  /** Whether a failure may be tried again; absent means it may (contract 6). */
  readonly isRetriable: boolean;
  readonly completedAt: number | null;
  /** The upper bound of what was cleaned. */
  readonly to: number | null;
}

/** What the ledger knows about the user, category and service of a report. */
export interface ReportView {
  /** The service's part in the newest deletion that has one, with what tells that deletion from older ones. */
  readonly newest: {
    readonly deletionId: string;
    readonly acceptedAt: number;
    /** What services are told to clean up to: older than the acceptance where the deletion retries another. */
    readonly fenceAt: number;
    readonly part: Part;
  } | null;
  readonly isCategoryOpen: boolean;
  /** Whether the configuration has the category at all. */
  readonly isCategoryKnown: boolean;
  /** Whether the configuration gives the category to the service. */
  readonly isConfigured: boolean;
}

/**
 * Whether a report that names a deletion only closes its part, wherever that is open and the deletion goes on without it:
 * nobody goes after the service, and nothing is kept that is to be tried again.
 */
export function isPlain(
  { state, deletionId, outcome, retainedUntil }: Report,
  of: { readonly service: string; readonly categoryId: string },
  registry: Registry,
): boolean {
  const isFinal = state === "deleted" && outcome !== "retained" && retainedUntil === null;
  const isAwaited = registry.predecessors.has(of.service);
  return deletionId !== null && isFinal && !isAwaited && registry.holds(of.service, of.categoryId);
}

export type ReportDecision =
  | { readonly kind: "stale" }
  /** Neither the configuration nor the ledger has such a part. */
  | { readonly kind: "unknown" }
  /** Only a process that knows the category can carry it out: the sender is to repeat it. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "moves"; readonly change: PartChange }
  /** The service's own state: deleted, as of this moment. */
  | { readonly kind: "own_state"; readonly deletedAt: number }
  | { readonly kind: "recorded" };

/**
 * Decides what a report does: contract 6, rule by rule. Pure; a repeat of a report decides `recorded`
 * or what it decided before, so that repeats change nothing.
 *
 * @param on - the service's rules and the moment; `null` when the service has no rules any more.
 */
export function decideReport(
  report: Report,
  view: ReportView,
  on: Circumstances | null,
): ReportDecision {
  const newest = view.newest;
  if (!view.isCategoryKnown && (newest === null || report.deletionId === null))
    return { kind: "unknown" };
  if (report.deletionId !== null && report.deletionId !== newest?.deletionId)
    return { kind: "stale" };
  if (!view.isCategoryKnown && newest !== null && on !== null)
    return decideUnknown(report, newest.part, on);
  if (!view.isConfigured || on === null) return { kind: "recorded" };
  if (newest !== null && belongsTo(report, newest)) {
    const change = changeOf(report, newest.part, on);
    if (change !== null) return { kind: "moves", change };
    if (isRepeat(report, newest.part)) return { kind: "recorded" };
  }
  if (report.state === "deleted" && !view.isCategoryOpen) {
    return { kind: "own_state", deletedAt: Math.min(finishedAt(report, newest) ?? on.now, on.now) };
  }
  return { kind: "recorded" };
}

/**
 * Of a category that only the ledger knows: another process has accepted its deletion (a rolling restart), and a
 * refusal would be final. What a failure leads to depends on the rules of the part, and on who goes after it.
 */
function decideUnknown(report: Report, part: Part, on: Circumstances): ReportDecision {
  const change = changeOf(report, part, on);
  if (change === null) return { kind: "recorded" };
  return report.state === "deleted" ? { kind: "moves", change } : { kind: "elsewhere" };
}

/**
 * A plain report that was finished before the acceptance is a late repeat of an older deletion. The fence tells that
 * only of `to`: a retry bears the fence of the deletion before it, and all that was reported of that one is newer.
 */
function belongsTo(report: Report, newest: NonNullable<ReportView["newest"]>): boolean {
  if (report.deletionId !== null) return true;
  const precedes = (at: number | null, moment: number) => at !== null && at < moment;
  return !precedes(report.completedAt, newest.acceptedAt) && !precedes(report.to, newest.fenceAt);
}

/** When at the latest what a plain report tells of was done, as far as it says; `null`: it does not say. */
function finishedAt({ completedAt, to }: Report, newest: ReportView["newest"]): number | null {
  if (completedAt !== null) return completedAt;
  // A late repeat of an older deletion says nothing of what came since.
  return newest !== null && to !== null && to < newest.fenceAt ? to : null;
}

function isRepeat(report: Report, part: Part): boolean {
  return report.deletionId !== null && part.state === "deleted";
}

function changeOf(report: Report, part: Part, on: Circumstances): PartChange | null {
  if (part.attempt === 0) return null; // the hub has not begun a call of it
  if (report.state === "deleted") {
    return applyEvent(part, "reported_deleted", on.now, {
      outcome: report.outcome,
      retainedUntil: report.retainedUntil,
      reason: report.reason,
      errorCode: null,
    });
  }
  const isOlder = report.attempt !== null && report.attempt < part.attempt;
  return isOlder ? null : failureOf(report, part, on);
}

function failureOf(report: Report, part: Part, on: Circumstances): PartChange | null {
  const code = report.errorCode ?? "reported_failed";
  const reason = report.reason;
  if (report.isRetriable) {
    return countFailure(part, code, on, 0, {
      again: "reported_failed",
      finally: "reported_failed_finally",
    });
  }
  const failures = part.failures + 1;
  return applyEvent(part, "reported_failed_finally", on.now, { failures, errorCode: code, reason });
}
