import { isOpen, type Part, type PartChange, withChanges } from "./part.ts";
import {
  type DeletionView,
  type PlannedCall,
  type PlanOptions,
  planDeletion,
  waitsForOthers,
} from "./plan.ts";
import { retryAtOf, retryWithinMs } from "./retention.ts";

/** A category whose last open part has closed, in ms; `deletedAt` when all of its parts are deleted. */
export interface CategoryClosing {
  readonly categoryId: string;
  readonly closedAt: number;
  readonly deletedAt: number | null;
}

/** What a deletion came to (contract 10). */
export const closings = ["done", "failed", "cancelled"] as const;
export type Closing = (typeof closings)[number];

export interface DeletionClosing {
  readonly closedAt: number;
  readonly closedAs: Closing;
  /** Until when the identity snapshot is still needed; `null`: destroyed at once (contract 9). */
  readonly sealedUntil: number | null;
}

/** Everything that follows for a deletion from what has just happened to its parts. */
export interface Advance {
  readonly changes: readonly PartChange[];
  readonly calls: readonly PlannedCall[];
  readonly wanting: readonly string[];
  readonly wakeAt: number | null;
  readonly jobAt: number | null;
  readonly categories: readonly CategoryClosing[];
  readonly closing: DeletionClosing | null;
  /** Whether other deletions of the user may have waited for what closed. */
  readonly wakesLater: boolean;
}

export interface AdvanceOptions extends PlanOptions {
  /** Whether it is the deletion's drive that asks: what it leaves undone is to be done by another. */
  readonly isDrive: boolean;
}

/**
 * Takes what happened (outcomes of calls, a report), plans on, and says what closes. Pure.
 *
 * @param happened - changes decided for parts of `view`, not yet in it.
 */
export function advance(
  view: DeletionView,
  happened: readonly PartChange[],
  options: AdvanceOptions,
): Advance {
  const parts = withChanges(view.parts, happened);
  const plan = planDeletion({ ...view, parts }, options);
  const changes = [...happened, ...plan.changes];
  const after = withChanges(parts, plan.changes);
  const closed = changes.filter(({ part }) => !isOpen(part.state)).map(({ part }) => part);
  const wakesLater = closed.some((part) => options.registry.predecessors.has(part.service));
  const isNews =
    wakesLater ||
    changes.some(({ part }) => isOpen(part.state)) ||
    (closed.length > 0 && waitsForOthers(after, options.registry));
  return {
    ...plan,
    ...(options.isDrive
      ? wakeOfDrive(view, plan, after, options)
      : wakeOfOthers(view, plan, isNews)),
    changes,
    categories: closeCategories(closed, after, options.now),
    closing: closed.length > 0 ? closeDeletion(after, view, options) : null,
    wakesLater,
  };
}

type Wakes = Pick<Advance, "wakeAt" | "jobAt">;

/**
 * What only closes parts leaves nothing new to be done: for the others a drive, a job or a wake-up is there
 * already, and that stays.
 */
function wakeOfOthers({ wakeAt }: DeletionView, plan: Wakes, isNews: boolean): Wakes {
  if (isNews || plan.wakeAt === null) return plan;
  return { wakeAt: wakeAt ?? plan.wakeAt, jobAt: null };
}

/** While a drive has calls under way it comes again, so that an earlier wake-up need not be put off. */
function wakeOfDrive(
  { wakeAt }: DeletionView,
  plan: Wakes,
  after: readonly Part[],
  { now }: PlanOptions,
): Wakes {
  const isUnderWay = after.some(({ leasedUntil }) => leasedUntil !== null && leasedUntil > now);
  const isEarlyEnough =
    wakeAt !== null && plan.wakeAt !== null && wakeAt > now && wakeAt <= plan.wakeAt;
  return isUnderWay && isEarlyEnough && plan.jobAt === null ? { wakeAt, jobAt: null } : plan;
}

function closeCategories(
  closed: readonly Part[],
  parts: readonly Part[],
  now: number,
): CategoryClosing[] {
  const touched = [...new Set(closed.map((part) => part.categoryId))];
  return touched.flatMap((categoryId) => {
    const own = parts.filter((part) => part.categoryId === categoryId);
    if (own.some((part) => isOpen(part.state))) return [];
    const isDeleted = own.every((part) => part.state === "deleted");
    return [{ categoryId, closedAt: now, deletedAt: isDeleted ? now : null }];
  });
}

function closeDeletion(
  parts: readonly Part[],
  view: DeletionView,
  { now, deadlineMs }: PlanOptions,
): DeletionClosing | null {
  if (parts.some((part) => isOpen(part.state))) return null;
  // A late report does not begin the time anew for what else has failed.
  const until = (view.closedAt ?? now) + deadlineMs;
  const needs = parts.flatMap((part) => {
    if (part.state === "delete_failed") return [until];
    if (part.state !== "deleted" || part.outcome !== "retained" || part.isLetGo) return [];
    // Its time may have come while other parts were open; then it is tried again in a moment.
    const least = retryAtOf(part) === null ? 0 : now + retryWithinMs;
    return [Math.max(part.retainedUntil ?? until, least)];
  });
  const sealedUntil = needs.length > 0 ? Math.max(...needs) : null;
  return {
    closedAt: now,
    closedAs: closingOf(parts),
    sealedUntil: sealedUntil !== null && sealedUntil > now ? sealedUntil : null,
  };
}

/** The worst that became of a part; what an operator has seen to counts as done. */
function closingOf(parts: readonly Part[]): Closing {
  if (parts.some((part) => part.state === "delete_failed")) return "failed";
  return parts.some((part) => part.state === "cancelled") ? "cancelled" : "done";
}
