import { backoffMs } from "./backoff.ts";
import {
  applyEvent,
  type Outcome,
  type Part,
  type PartChange,
  type PartEvent,
  partKey,
  postpone,
} from "./part.ts";
import type { ServiceRules } from "./registry.ts";

/** What one delete call to a service came to (contract 7, table of answers). */
export type DeleteOutcome =
  | { readonly kind: "accepted" }
  | {
      readonly kind: "done";
      readonly outcome: Outcome;
      readonly retainedUntil: number | null;
      readonly reason: string | null;
    }
  | { readonly kind: "denied"; readonly reason: string | null }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs: number }
  | { readonly kind: "refused"; readonly code: string };

/** What the status of a service says about one category, or `null` where there was no usable answer. */
export type DataState = "empty" | "ready_to_delete" | "delete_in_progress";

const longestAskIntervalMs = 24 * 60 * 60 * 1000;

/** The rules, the moment and the chance that an outcome is judged with. */
export interface Circumstances {
  readonly rules: ServiceRules;
  /** Database time in ms. */
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
  /** The service's breaker is open, or the call was its probe: a failure is nobody's attempt. */
  readonly isExcused?: boolean;
}

/**
 * What a delete call changes in one of the parts it carried.
 * An outcome of an older attempt, or for a part that is no longer `calling`, changes nothing (rule 4).
 */
export function applyDeleteOutcome(
  part: Part,
  attempt: number,
  outcome: DeleteOutcome,
  on: Circumstances,
): PartChange | null {
  if (part.state !== "calling" || part.attempt !== attempt) return null;
  switch (outcome.kind) {
    case "accepted":
      return applyEvent(part, "answered_accepted", on.now, {
        dueAt: on.now + on.rules.reportWithinMs,
        asks: 0,
      });
    case "done":
      return applyEvent(part, "answered_done", on.now, {
        outcome: outcome.outcome,
        retainedUntil: outcome.retainedUntil,
        reason: outcome.reason,
        errorCode: null,
      });
    case "denied":
      return applyEvent(part, "attempt_failed_finally", on.now, {
        failures: part.failures + 1,
        errorCode: "delete_denied",
        reason: outcome.reason,
      });
    case "refused":
      return applyEvent(part, "attempt_failed_finally", on.now, {
        failures: part.failures + 1,
        errorCode: outcome.code,
      });
    case "failed":
      if (on.isExcused) {
        return applyEvent(part, "attempt_excused", on.now, {
          errorCode: outcome.code,
          dueAt: on.now,
        });
      }
      return countFailure(part, outcome.code, on, outcome.retryAfterMs);
  }
}

/**
 * What the status of a service changes in a part whose report is overdue (contract 7).
 * `null` as state: no usable answer; it changes nothing but when to ask again.
 */
export function applyOverdueStatus(
  part: Part,
  attempt: number,
  state: DataState | null,
  on: Circumstances,
): PartChange | null {
  if (part.state !== "accepted" || part.attempt !== attempt) return null;
  switch (state) {
    case "empty":
      return applyEvent(part, "reconciled", on.now, { outcome: "erased", errorCode: null });
    case "ready_to_delete":
      return countFailure(part, "not_deleted", on);
    default: {
      const asks = state === null ? part.asks : part.asks + 1;
      const intervalMs = Math.min(
        on.rules.reportWithinMs * 2 ** Math.min(asks, 40),
        longestAskIntervalMs,
      );
      return postpone(part, { asks, dueAt: on.now + intervalMs, leasedUntil: null });
    }
  }
}

/**
 * Gives back the claim of a call that never left, so that it need not wait for its lease: nobody's attempt, and due as before.
 * What has moved since, or was claimed anew, stays.
 */
export function applyUnsent(parts: readonly Part[], claim: Part, now: number): PartChange | null {
  const key = partKey(claim);
  const part = parts.find((one) => partKey(one) === key);
  if (part?.attempt !== claim.attempt || part.leasedUntil !== claim.leasedUntil) return null;
  if (part.state === "calling") return applyEvent(part, "attempt_excused", now, { dueAt: now });
  return part.state === "accepted" ? postpone(part, { leasedUntil: null }) : null;
}

/** One more recorded failure: tried again after a backoff, or the end when the attempts are used up (S3). */
export function countFailure(
  part: Part,
  code: string,
  on: Circumstances,
  retryAfterMs = 0,
  events: { again: PartEvent; finally: PartEvent } = {
    again: "attempt_failed",
    finally: "attempt_failed_finally",
  },
): PartChange | null {
  const failures = part.failures + 1;
  if (failures >= on.rules.attempts) {
    return applyEvent(part, events.finally, on.now, { failures, errorCode: code });
  }
  const delayMs = backoffMs(failures, on.rules.backoff, on.random, retryAfterMs);
  return applyEvent(part, events.again, on.now, {
    failures,
    errorCode: code,
    dueAt: on.now + delayMs,
  });
}
