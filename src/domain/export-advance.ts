import { applyExportEvent, type ExportPart, type ExportPartChange } from "./export-part.ts";
import {
  type ExportPlanOptions,
  type ExportView,
  isLeased,
  type PlannedExportCall,
  planExport,
  type Wake,
} from "./export-plan.ts";
import {
  closingOfParts,
  type ExportClosing,
  type ExportStep,
  findWithoutRoom,
  nextStep,
  type StepResult,
  type StepWork,
  stepLeaseMs,
  stepPauseMs,
} from "./export-step.ts";

export interface ExportAdvanceOptions extends ExportPlanOptions {
  /** In [0, 1). */
  readonly random: number;
  /** How long the hub's own steps are tried again. */
  readonly deadlineMs: number;
  /** Whether who plans has the time for a step: it may take hours. */
  readonly hasTime: boolean;
  /** Why nobody can be at a step: none is claimed, and at the end of its time the export has failed by this code. */
  readonly hinderedBy?: string | null;
}

/** What happened to the export as a whole. */
export interface ExportStepEvent {
  readonly event:
    | "gathered"
    | "step_done"
    | "step_failed"
    | "step_given_up"
    | "step_retried"
    | "closed";
  readonly from: string | null;
  readonly to: string;
  readonly attempt: number;
  readonly errorCode: string | null;
}

/** Everything that follows for an export from what has just happened to it. */
export interface ExportAdvance {
  readonly changes: readonly ExportPartChange[];
  readonly calls: readonly PlannedExportCall[];
  readonly events: readonly ExportStepEvent[];
  /** The step that is claimed, to be done under this attempt. */
  readonly claimed: { readonly step: ExportStep; readonly attempt: number } | null;
  /** Of one that closes: the step that failed. */
  readonly step: ExportStep | null;
  readonly work: StepWork;
  readonly gatheredAt: number | null;
  /** Why the newest step failed. */
  readonly errorCode: string | null;
  readonly closing: { readonly state: ExportClosing; readonly errorCode: string | null } | null;
  /** When the export needs the hub next if nobody moves it before; `null`: it is closed. */
  readonly wakeAt: number | null;
  /** When its drive has something to do; `null` where that is far off, where only a lease is awaited, or nothing. */
  readonly jobAt: number | null;
}

/** Wake-ups further off than this cost no row in the queue. */
const jobHorizonMs = 60_000;

/**
 * Takes what happened (outcomes of calls, a report, a step), plans on, and says what closes. Pure. A step that is
 * returned as claimed is leased already.
 *
 * @param happened - changes decided for parts of `view`, not yet in it.
 * @param result - of the step that was claimed; one of an older claim changes nothing.
 */
export function advanceExport(
  view: ExportView,
  happened: readonly ExportPartChange[],
  result: StepResult | null,
  options: ExportAdvanceOptions,
): ExportAdvance {
  const { changes, calls, parts, wakes } = planExport(view, happened, options);
  const stage = wakes.length > 0 ? gathering(view) : step(view, parts, result, options);
  const isAtStep = stage.step !== null && stage.closing === null;
  const next = isAtStep ? [wakeOfStep(stage.work, options)] : wakes;
  const { wakeAt, jobAt } = earliest(next, options.now);
  return { ...stage, changes: [...changes, ...stage.changes], calls, wakeAt, jobAt };
}

function earliest(wakes: readonly Wake[], now: number): Pick<ExportAdvance, "wakeAt" | "jobAt"> {
  const jobs = wakes.flatMap(({ at, isAttended }) =>
    isAttended || at > now + jobHorizonMs ? [] : [at],
  );
  return {
    wakeAt: wakes.length > 0 ? Math.min(...wakes.map(({ at }) => at)) : null,
    jobAt: jobs.length > 0 ? Math.min(...jobs) : null,
  };
}

type Stage = Pick<
  ExportAdvance,
  "changes" | "events" | "claimed" | "step" | "work" | "gatheredAt" | "errorCode" | "closing"
>;

function gathering(view: ExportView): Stage {
  const nothing = { changes: [], events: [], claimed: null, errorCode: null, closing: null };
  return { ...nothing, step: null, work: view.work, gatheredAt: null };
}

/** All parts are closed: the hub's own steps, one after the other. */
function step(
  view: ExportView,
  parts: readonly ExportPart[],
  result: StepResult | null,
  options: ExportAdvanceOptions,
): Stage {
  const begun = view.step === null ? begin(view, parts, options) : resumed(view);
  if (begun.closing || begun.step === null) return begun;
  const told =
    result && isOfClaim(result, begun) ? take(begun, parts, result, view, options) : begun;
  if (told.closing || told.step === null) return told;
  const { hinderedBy = null } = options;
  return hinderedBy === null ? claimStep(told, options) : giveUp(told, hinderedBy, options);
}

function resumed(view: ExportView): Stage {
  const { step, gatheredAt, errorCode } = view;
  return { ...gathering(view), step, gatheredAt, errorCode };
}

function begin(
  view: ExportView,
  parts: readonly ExportPart[],
  { now }: ExportAdvanceOptions,
): Stage {
  const state = closingOfParts(parts);
  const work = { ...view.work, failures: 0, dueAt: now, leasedUntil: null };
  const stage = { ...gathering(view), work, gatheredAt: now };
  const first = nextStep(view.delivery, null);
  if (state === "no_data" || state === "failed" || first === null) {
    return close(stage, { state, errorCode: null });
  }
  return { ...stage, step: first, events: [eventOf(stage, "gathered", null, first)] };
}

function isOfClaim(result: StepResult, { step, work }: Stage): boolean {
  return result.step === step && result.attempt === work.attempt;
}

function take(
  stage: Stage,
  parts: readonly ExportPart[],
  result: StepResult,
  view: ExportView,
  { now, random, deadlineMs }: ExportAdvanceOptions,
): Stage {
  const { work } = stage;
  const free = { ...work, dueAt: now, leasedUntil: null };
  switch (result.kind) {
    case "done": {
      const next = nextStep(view.delivery, result.step);
      const done = [...stage.events, eventOf(stage, "step_done", result.step, next ?? "closed")];
      const after = {
        ...stage,
        events: done,
        errorCode: null,
        work: { ...free, failures: 0 },
        step: next,
      };
      return next === null
        ? close(after, { state: closingOfParts(parts), errorCode: null })
        : after;
    }
    case "given_up":
      return {
        ...stage,
        work: free,
        events: [...stage.events, eventOf(stage, "step_given_up", result.step, result.step)],
      };
    case "without_room":
      return { ...stage, work: free, changes: leaveOut(parts, now) };
    case "refused":
      return close(
        { ...stage, work: free, events: [...stage.events, failedEvent(stage, result)] },
        { state: "failed", errorCode: result.code },
      );
    case "failed": {
      const failures = work.failures + 1;
      const events = [...stage.events, failedEvent(stage, result)];
      const dueAt = now + stepPauseMs(failures, random, result.retryAfterMs);
      const after = { ...stage, events, errorCode: result.code };
      if (now >= endOfSteps(view, now, deadlineMs)) {
        return close({ ...after, work: free }, { state: "failed", errorCode: result.code });
      }
      return { ...after, work: { ...work, failures, dueAt, leasedUntil: null } };
    }
  }
}

function leaveOut(parts: readonly ExportPart[], now: number): ExportPartChange[] {
  const errorCode = "too_many_files";
  return findWithoutRoom(parts).flatMap(
    (part) => applyExportEvent(part, "left_out", now, { errorCode }) ?? [],
  );
}

/** Until when the hub's own steps are tried, in ms. */
function endOfSteps(
  { gatheredAt }: Pick<ExportView, "gatheredAt">,
  now: number,
  deadlineMs: number,
): number {
  return (gatheredAt ?? now) + deadlineMs;
}

/** When what is at hand ends, whatever comes of it, in ms: the services' time, or that of the hub's own steps. */
export function endOfWork(view: ExportView, now: number, deadlineMs: number): number {
  return view.step === null ? view.deadlineAt : endOfSteps(view, now, deadlineMs);
}

function giveUp(stage: Stage, code: string, { now, deadlineMs }: ExportAdvanceOptions): Stage {
  if (isLeased(stage.work, now) || now < endOfSteps(stage, now, deadlineMs)) return stage;
  return close(stage, { state: "failed", errorCode: code });
}

function claimStep(stage: Stage, { now, hasTime }: ExportAdvanceOptions): Stage {
  const { work, step: next } = stage;
  const isFree = !isLeased(work, now) && work.dueAt <= now;
  if (!hasTime || !isFree || next === null) return stage;
  const attempt = work.attempt + 1;
  return {
    ...stage,
    work: { ...work, attempt, leasedUntil: now + stepLeaseMs },
    claimed: { step: next, attempt },
  };
}

function close(stage: Stage, closing: NonNullable<ExportAdvance["closing"]>): Stage {
  const events = [
    ...stage.events,
    eventOf(stage, "closed", stage.step, closing.state, closing.errorCode),
  ];
  return { ...stage, events, closing, errorCode: closing.errorCode };
}

function eventOf(
  { work }: Pick<Stage, "work">,
  event: ExportStepEvent["event"],
  from: string | null,
  to: string,
  errorCode: string | null = null,
): ExportStepEvent {
  return { event, from, to, attempt: work.attempt, errorCode };
}

function failedEvent(
  stage: Stage,
  result: Extract<StepResult, { kind: "failed" | "refused" }>,
): ExportStepEvent {
  return eventOf(stage, "step_failed", result.step, result.step, result.code);
}

function wakeOfStep(work: StepWork, { now }: ExportAdvanceOptions): Wake {
  return isLeased(work, now)
    ? { at: work.leasedUntil ?? now, isAttended: true }
    : { at: Math.max(work.dueAt, now), isAttended: false };
}
