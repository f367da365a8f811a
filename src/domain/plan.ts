import { applyEvent, isOpen, type Part, type PartChange, postpone, withChanges } from "./part.ts";
import type { Registry, ServiceRules } from "./registry.ts";

/** One call that a drive is to make: a service, and all its parts that are due for it. */
export interface PlannedCall {
  readonly kind: "delete" | "status";
  readonly service: string;
  /** As claimed: with the attempt that the call bears and the lease that covers it. */
  readonly parts: readonly Part[];
  readonly attempt: number;
}

export interface DeletionView {
  /** In ms; a late report may still move what is closed. */
  readonly closedAt: number | null;
  /** In ms of database time; the deadline counts from here. */
  readonly acceptedAt: number;
  /** When the hub is to look at it next, in ms, as it stands; `null`: it is closed. */
  readonly wakeAt: number | null;
  readonly parts: readonly Part[];
  /** Services with an open part in an earlier deletion of the same user. */
  readonly busyElsewhere: ReadonlySet<string>;
}

export interface PlanOptions {
  readonly registry: Registry;
  /** Database time in ms. */
  readonly now: number;
  /** An open part ends after this (contract 7, `stuck.deadline`). */
  readonly deadlineMs: number;
  /** What may be done for a service now. `null`: plan without calling; the queue's job does what is due. */
  readonly access: ((service: string) => Access) | null;
}

/**
 * `call`: there is room for a call. `wait`: there is none, and who plans stays and waits for it.
 * `park`: what is due is set aside until the service is called again, by whoever then has room.
 */
export type Access = "call" | "wait" | "park";

export interface Plan {
  /** In the order in which they happened; a later change of a part replaces an earlier one. */
  readonly changes: readonly PartChange[];
  readonly calls: readonly PlannedCall[];
  /** Services for which something is due and room is waited for. */
  readonly wanting: readonly string[];
  /** When the deletion needs the hub next if nobody moves it before, in ms; `null`: all parts are closed. */
  readonly wakeAt: number | null;
  /**
   * When its drive has something to do, in ms; `null` where that is far off (the sweep sees to it then),
   * where only a lease is awaited, or nothing.
   */
  readonly jobAt: number | null;
}

/** What a lease lasts beyond the call's own timeout: to send, to record, and to spare. */
export const leaseMarginMs = 5_000;
/** How late within that margin a call may still be sent; the rest is for its outcome to be recorded. */
export const sendWithinMs = 2_500;
/** A net under those who wait for room, should they die of it. */
const waitingNetMs = 30_000;
interface Retry {
  readonly leastMs: number;
  readonly mostMs: number;
}
/**
 * Another process may know the service (a rolling restart), so a held part is looked at again: soon at first, then after
 * as long again as the deletion is old, for it may be held for good.
 */
const heldRetry: Retry = { leastMs: 10_000, mostMs: 60 * 60_000 };
/**
 * Who waits for another deletion of the user is woken when that closes. That may miss one that is accepted in the same moment,
 * so it looks again by itself in the same way.
 */
const elsewhereRetry: Retry = { leastMs: 10_000, mostMs: 10 * 60_000 };
/**
 * Who waits for another part or for its service looks again after this: a new configuration may have another order of
 * services, or an earlier deadline.
 */
const longestSleepMs = 24 * 60 * 60_000;
/** Wake-ups further off than this cost no row in the queue. */
const jobHorizonMs = 60_000;

/**
 * Decides what is to be done for a deletion now. Pure: the same view gives the same plan.
 *
 * Claims are part of the plan: the parts of a returned call are already `calling`, with an attempt
 * higher than any before (rule 4) and a lease that covers the call.
 */
export function planDeletion(view: DeletionView, options: PlanOptions): Plan {
  const settled = settle(view, options);
  const parts = withChanges(view.parts, settled);
  const planned = planServices(parts, view, options);
  const claims = planned.flatMap((item) => item.changes);
  const open = withChanges(parts, claims).filter((part) => isOpen(part.state));
  const wakes = open.map((part) => wakeOf(part, view, options));
  const jobs = wakes.flatMap(({ at, isAttended }) =>
    isAttended || at > options.now + jobHorizonMs ? [] : [at],
  );
  return {
    changes: [...settled, ...claims],
    calls: planned.flatMap((item) => item.call ?? []),
    wanting: planned.flatMap((item) => (item.isWanting ? [item.service] : [])),
    wakeAt: wakes.length > 0 ? Math.min(...wakes.map(({ at }) => at)) : null,
    jobAt: jobs.length > 0 ? Math.min(...jobs) : null,
  };
}

/** Transitions that need no call: the deadline, failed predecessors, predecessors that are done. */
function settle(view: DeletionView, options: PlanOptions): PartChange[] {
  const changes: PartChange[] = [];
  for (;;) {
    const parts = withChanges(view.parts, changes);
    const next = parts.flatMap((part) => settlePart(part, parts, view, options) ?? []);
    if (next.length === 0) return changes;
    changes.push(...next);
  }
}

function settlePart(
  part: Part,
  parts: readonly Part[],
  view: DeletionView,
  options: PlanOptions,
): PartChange | null {
  const { registry, now } = options;
  if (!isOpen(part.state) || !registry.holds(part.service, part.categoryId)) return null;
  const isAttended = part.leasedUntil !== null && part.leasedUntil > now;
  if (now >= view.acceptedAt + options.deadlineMs && !isAttended) {
    return applyEvent(part, "deadline_passed", now, { errorCode: "deadline_passed" });
  }
  // One that is `due` may have come before its service was given a predecessor.
  if (part.state !== "waiting" && (part.state !== "due" || part.attempt > 0)) return null;
  const after = registry.findService(part.service)?.after ?? [];
  if (parts.some((other) => other.state === "delete_failed" && after.includes(other.service))) {
    return applyEvent(part, "predecessor_failed", now, { errorCode: "predecessor_failed" });
  }
  if (part.state === "due" || isBlocked(after, parts, view) || parts.some(isHeldBy(registry))) {
    return null;
  }
  return applyEvent(part, "predecessors_done", now, { dueAt: now });
}

/**
 * An open part that this process's configuration lacks. Another may know it, and by its order what waits may go after
 * it (a rolling restart); where none does it stays until an operator ends it. What is not `waiting` never minds it.
 */
function isHeldBy(registry: Registry) {
  return ({ state, service, categoryId }: Part): boolean =>
    isOpen(state) && !registry.holds(service, categoryId);
}

/** Whether one part waits, and whether it may go on is for a process to say that knows more. */
export function waitsForOthers(parts: readonly Part[], registry: Registry): boolean {
  return parts.some(({ state }) => state === "waiting") && parts.some(isHeldBy(registry));
}

function isBlocked(
  after: readonly string[],
  parts: readonly Part[],
  { busyElsewhere }: DeletionView,
): boolean {
  if (after.length === 0) return false;
  return (
    parts.some((other) => isOpen(other.state) && after.includes(other.service)) ||
    after.some((service) => busyElsewhere.has(service))
  );
}

interface PlannedService {
  readonly service: string;
  readonly call: PlannedCall | null;
  readonly isWanting: boolean;
  readonly changes: readonly PartChange[];
}

function planServices(
  parts: readonly Part[],
  view: DeletionView,
  { registry, now, access }: PlanOptions,
): PlannedService[] {
  if (access === null) return [];
  const byService = Map.groupBy(parts, (part) => part.service);
  return registry.services.flatMap((rules) => {
    const own = byService.get(rules.name) ?? [];
    const free = own.filter(
      (part) => part.parkedAt === null && registry.holds(part.service, part.categoryId),
    );
    const due = {
      toDelete: free.filter((part) => isDue(part, now)),
      toAsk: free.filter((part) => isOverdue(part, now)),
    };
    const isNothing = due.toDelete.length === 0 && due.toAsk.length === 0;
    if (isNothing || isBlocked(rules.after, parts, view)) return [];
    return [planService(rules, own, due, { now, access })];
  });
}

/** One call at a time, for room is asked for one; what is only overdue can wait for the next look. */
function planService(
  rules: ServiceRules,
  own: readonly Part[],
  { toDelete, toAsk }: { readonly toDelete: readonly Part[]; readonly toAsk: readonly Part[] },
  { now, access }: { readonly now: number; readonly access: NonNullable<PlanOptions["access"]> },
): PlannedService {
  switch (access(rules.name)) {
    case "call":
      return toDelete.length > 0
        ? claimDelete(toDelete, own, rules, now)
        : claimStatus(toAsk, rules, now);
    case "wait":
      return { service: rules.name, call: null, isWanting: true, changes: [] };
    case "park":
      return park([...toDelete, ...toAsk], rules);
  }
}

/** In the line it stands where its time came: who was there first is called first. */
function park(due: readonly Part[], { name }: ServiceRules): PlannedService {
  const changes = due.map((part) => postpone(part, { parkedAt: part.dueAt }));
  return { service: name, call: null, isWanting: false, changes };
}

/** Due for a delete call: its time has come, or the lease of a lost call has run out. */
function isDue(part: Part, now: number): boolean {
  if (part.state === "due") return part.dueAt <= now;
  return part.state === "calling" && (part.leasedUntil === null || part.leasedUntil <= now);
}

function isOverdue(part: Part, now: number): boolean {
  const isFree = part.leasedUntil === null || part.leasedUntil <= now;
  return part.state === "accepted" && part.dueAt <= now && isFree;
}

/** One call carries all due categories of a service, and raises the attempt above all of its parts. */
function claimDelete(
  due: readonly Part[],
  own: readonly Part[],
  rules: ServiceRules,
  now: number,
): PlannedService {
  const attempt = Math.max(...own.map((part) => part.attempt)) + 1;
  const leasedUntil = now + rules.timeout.deleteMs + leaseMarginMs;
  const claims = due.flatMap(
    (part) => applyEvent(part, "claimed", now, { attempt, leasedUntil }) ?? [],
  );
  const claimed = claims.map((claim) => claim.part);
  const call = { kind: "delete", service: rules.name, parts: claimed, attempt } as const;
  return { service: rules.name, call, isWanting: false, changes: claims };
}

/** Parts of one status call share an attempt, because its answer counts only for that attempt. */
function claimStatus(overdue: readonly Part[], rules: ServiceRules, now: number): PlannedService {
  const attempt = Math.max(...overdue.map((part) => part.attempt));
  const leasedUntil = now + rules.timeout.statusMs + leaseMarginMs;
  const claims = overdue
    .filter((part) => part.attempt === attempt)
    .map((part) => postpone(part, { leasedUntil }));
  const claimed = claims.map((claim) => claim.part);
  const call = { kind: "status", service: rules.name, parts: claimed, attempt } as const;
  return { service: rules.name, call, isWanting: false, changes: claims };
}

interface Wake {
  readonly at: number;
  /** Whether a drive is there till then that will move the part: it has a call under way, or waits for room. */
  readonly isAttended: boolean;
}

function wakeOf(part: Part, view: DeletionView, options: PlanOptions): Wake {
  const { registry, now } = options;
  const plain = (at: number): Wake => ({ at, isAttended: false });
  if (part.leasedUntil !== null && part.leasedUntil > now) {
    return { at: part.leasedUntil, isAttended: true };
  }
  if (!registry.holds(part.service, part.categoryId)) return plain(againAt(view, now, heldRetry));
  const deadlineAt = view.acceptedAt + options.deadlineMs;
  // A waiting part is woken by what closes before it, a parked one by its service; this is a net.
  if (part.state === "waiting" || part.parkedAt !== null) {
    const isElsewhere = part.state === "waiting" && waitsElsewhere(part, view, registry);
    const againAtLatest = isElsewhere ? againAt(view, now, elsewhereRetry) : now + longestSleepMs;
    return plain(Math.min(againAtLatest, deadlineAt));
  }
  if (part.dueAt > now) return plain(Math.min(part.dueAt, deadlineAt));
  // What is due and was not claimed is waited for by a drive, or was not to be called now.
  return options.access === null ? plain(now) : { at: now + waitingNetMs, isAttended: true };
}

function againAt({ acceptedAt }: DeletionView, now: number, { leastMs, mostMs }: Retry): number {
  return now + Math.min(Math.max(now - acceptedAt, leastMs), mostMs);
}

function waitsElsewhere({ service }: Part, { busyElsewhere }: DeletionView, registry: Registry) {
  return registry.findService(service)?.after.some((name) => busyElsewhere.has(name)) ?? false;
}
