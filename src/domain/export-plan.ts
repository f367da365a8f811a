import {
  applyExportEvent,
  type ExportPart,
  type ExportPartChange,
  isOpenExportPart,
  withExportChanges,
} from "./export-part.ts";
import type { Delivery, ExportStep, StepWork } from "./export-step.ts";
import type { Registry, ServiceRules } from "./registry.ts";

/** An export that is open, as the rules see it. Instants in ms of database time. */
export interface ExportView {
  readonly delivery: Delivery;
  /** What is not there then has failed. */
  readonly deadlineAt: number;
  /** When the last part closed; `null`: some are open. */
  readonly gatheredAt: number | null;
  readonly parts: readonly ExportPart[];
  /** What is to be done next; `null` while parts are open, or when all is done. */
  readonly step: ExportStep | null;
  readonly work: StepWork;
  /** Why the step failed last. */
  readonly errorCode: string | null;
}

export interface ExportPlanOptions {
  readonly registry: Registry;
  /** Database time in ms. */
  readonly now: number;
  /** Whether a service may be called now. `null`: plan without calling; the queue's job does what is due. */
  readonly access: ((service: string) => boolean) | null;
}

/** One call that a drive is to make. */
export interface PlannedExportCall {
  /** As claimed: with the attempt that the call bears and the lease that covers it. */
  readonly part: ExportPart;
}

export interface ExportPlan {
  /** In the order in which they happened; a later change of a part replaces an earlier one. */
  readonly changes: readonly ExportPartChange[];
  readonly calls: readonly PlannedExportCall[];
  /** The parts as they become. */
  readonly parts: readonly ExportPart[];
  /** When each open part needs the hub next. */
  readonly wakes: readonly Wake[];
}

export interface Wake {
  readonly at: number;
  /** Whether somebody is there till then who will move it. */
  readonly isAttended: boolean;
}

/** What a call's lease lasts beyond its timeout: to send, to keep what came, to record. */
const exportLeaseMarginMs = 30_000;
/** Another process may have room, or know the service. */
const lookAgainMs = 60_000;

/**
 * Decides which parts of an export are to be called now. Pure: the same view gives the same plan. Claims are part of
 * it: the part of a returned call is already `calling`.
 *
 * @param happened - changes decided for parts of `view`, not yet in it.
 */
export function planExport(
  view: ExportView,
  happened: readonly ExportPartChange[],
  options: ExportPlanOptions,
): ExportPlan {
  const told = withExportChanges(view.parts, happened);
  const settled = told.flatMap((part) => settle(part, view, options) ?? []);
  const settledParts = withExportChanges(told, settled);
  const claims = options.access === null ? [] : claimDue(settledParts, options);
  const parts = withExportChanges(settledParts, claims);
  return {
    changes: [...happened, ...settled, ...claims],
    calls: claims.flatMap(({ event, part }) => (event === "claimed" ? [{ part }] : [])),
    parts,
    wakes: parts
      .filter(({ state }) => isOpenExportPart(state))
      .map((part) => wakeOf(part, view, options)),
  };
}

/** The deadline: what is under way may still come to its end. */
function settle(
  part: ExportPart,
  { deadlineAt }: ExportView,
  { now }: ExportPlanOptions,
): ExportPartChange | null {
  if (!isOpenExportPart(part.state) || now < deadlineAt || isLeased(part, now)) return null;
  return applyExportEvent(part, "deadline_passed", now, { errorCode: "deadline_passed" });
}

function claimDue(
  parts: readonly ExportPart[],
  { registry, access, now }: ExportPlanOptions,
): ExportPartChange[] {
  return parts.flatMap((part) => {
    const rules = registry.findService(part.service);
    if (!rules?.export || !isDue(part, now)) return [];
    return access?.(part.service) ? (claim(part, rules, now) ?? []) : park(part);
  });
}

/** Its time has come, the lease of a lost call has run out, or nothing was heard for too long. */
function isDue(part: ExportPart, now: number): boolean {
  if (part.parkedAt !== null || isLeased(part, now)) return false;
  if (part.state === "calling") return true;
  return (part.state === "due" || part.state === "accepted") && part.dueAt <= now;
}

/** Whether somebody is at it. */
export function isLeased(
  { leasedUntil }: { readonly leasedUntil: number | null },
  now: number,
): boolean {
  return leasedUntil !== null && leasedUntil > now;
}

function claim(part: ExportPart, rules: ServiceRules, now: number): ExportPartChange | null {
  return applyExportEvent(part, "claimed", now, {
    attempt: part.attempt + 1,
    asks: part.state === "accepted" ? part.asks + 1 : part.asks,
    leasedUntil: now + rules.timeout.exportMs + exportLeaseMarginMs,
  });
}

/** In the line it stands where its time came. */
function park(part: ExportPart): ExportPartChange[] {
  return [{ event: null, from: part.state, part: { ...part, parkedAt: part.dueAt } }];
}

function wakeOf(part: ExportPart, view: ExportView, options: ExportPlanOptions): Wake {
  const { now, registry } = options;
  const plain = (at: number): Wake => ({ at: Math.min(at, view.deadlineAt), isAttended: false });
  if (isLeased(part, now)) return { at: part.leasedUntil ?? now, isAttended: true };
  // A parked part is woken by its service; the deadline is a net.
  if (part.parkedAt !== null) return plain(view.deadlineAt);
  if (part.dueAt > now) return plain(part.dueAt);
  // What is due and was not claimed: nobody calls here, or nobody knows the service.
  const isKnown = registry.findService(part.service)?.export === true;
  return isKnown && options.access === null ? plain(now) : plain(now + lookAgainMs);
}
