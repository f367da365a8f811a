import type { ExportStepEvent } from "./export-advance.ts";
import { applyExportEvent, type ExportPart, type ExportPartChange } from "./export-part.ts";
import type { ExportView } from "./export-plan.ts";

/** What an operator's retry begins again: services that failed, or else the step that did. */
export interface ExportRetry {
  /** The export as it is opened again. */
  readonly view: ExportView;
  readonly changes: readonly ExportPartChange[];
  readonly events: readonly ExportStepEvent[];
}

/**
 * Plans to try again what failed of a closed export.
 *
 * @param isKnown - whether the service is configured to give copies.
 * @returns `null`: there is nothing that could be.
 */
export function planExportRetry(
  closed: ExportView,
  now: number,
  deadlineMs: number,
  isKnown: (service: string) => boolean,
): ExportRetry | null {
  const work = { ...closed.work, failures: 0, dueAt: now, leasedUntil: null };
  const reopened = { ...closed, work, deadlineAt: now + deadlineMs, errorCode: null };
  const changes = closed.parts.flatMap((part) =>
    isKnown(part.service) ? (retried(part, now) ?? []) : [],
  );
  if (changes.length > 0) {
    return { view: { ...reopened, step: null, gatheredAt: null }, changes, events: [] };
  }
  const { step } = closed;
  if (step === null) return null;
  const states = { from: null, to: step, errorCode: null };
  const event = { event: "step_retried", attempt: work.attempt, ...states } as const;
  return { view: { ...reopened, gatheredAt: now }, changes, events: [event] };
}

function retried(part: ExportPart, now: number): ExportPartChange | null {
  const fresh = { failures: 0, asks: 0, dueAt: now, errorCode: null };
  return applyExportEvent(part, "operator_retried", now, fresh);
}
