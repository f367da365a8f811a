import { type Advance, advance } from "../../../src/domain/advance.ts";
import {
  applyDeleteOutcome,
  applyOverdueStatus,
  applyUnsent,
} from "../../../src/domain/outcome.ts";
import {
  applyEvent,
  isOpen,
  type Part,
  type PartChange,
  postpone,
  withChanges,
} from "../../../src/domain/part.ts";
import { type Access, type PlanOptions, planDeletion } from "../../../src/domain/plan.ts";
import { decideReport } from "../../../src/domain/report.ts";
import { planRetry } from "../../../src/domain/retry.ts";
import { checkChanges, checkOutcome, checkReport } from "./violations.ts";
import { type Flight, type Letter, type ModelDeletion, note, type World } from "./world.ts";

export const deadlineMs = 30 * 86_400_000;

/** Accepts a wish as the store does: joins what is open, starts the rest. */
export function request(world: World, user: string, categoryIds: readonly string[]): void {
  const mine = world.deletions.filter((deletion) => deletion.user === user);
  const fresh = categoryIds.filter((categoryId) => {
    const open = mine.find(({ categories }) => categories.get(categoryId)?.closedAt === null);
    const row = open?.categories.get(categoryId);
    if (row) row.wasJoined = true;
    return row === undefined;
  });
  if (fresh.length === 0) return;
  const parts = fresh.flatMap((categoryId) =>
    world.registry
      .servicesOf(categoryId)
      .map(({ name, after }) => newPart(world, categoryId, name, after)),
  );
  start(world, user, { fence: world.now, isRetry: false }, parts);
  note(world, "deletion");
}

function start(
  world: World,
  user: string,
  { fence, isRetry }: Pick<ModelDeletion, "fence" | "isRetry">,
  parts: readonly Part[],
): void {
  const seq = world.deletions.length + 1;
  const categoryIds = new Set(parts.map(({ categoryId }) => categoryId));
  const deletion: ModelDeletion = {
    id: `deletion-${seq}`,
    seq,
    user,
    isRetry,
    fence,
    fenceAt: fence,
    acceptedAt: world.now,
    parts,
    categories: new Map(
      [...categoryIds].map((id) => [id, { closedAt: null, deletedAt: null, wasJoined: false }]),
    ),
    closedAt: null,
    wakeAt: world.now,
  };
  world.deletions.push(deletion);
  world.signals.add(deletion);
}

/** An operator has what failed tried again, unless the category is open or a newer deletion has been at it. */
export function retry(world: World, old: ModelDeletion): void {
  const mine = world.deletions.filter(({ user }) => user === old.user);
  const failed = planRetry(
    old.parts,
    ({ service, categoryId }) =>
      mine.some((other) => other.seq > old.seq && partOf(other, service, categoryId)) ||
      !world.registry.holds(service, categoryId),
  );
  const isOpenNow = ({ categoryId }: Part) =>
    mine.some(({ categories }) => categories.get(categoryId)?.closedAt === null);
  if (failed.length === 0 || failed.some(isOpenNow)) return;
  const parts = failed.map(({ categoryId, service }) => {
    const after = world.registry.findService(service)?.after ?? [];
    return newPart(world, categoryId, service, after);
  });
  start(world, old.user, { fence: old.fenceAt, isRetry: true }, parts);
  note(world, "retry");
}

function newPart(
  world: World,
  categoryId: string,
  service: string,
  after: readonly string[],
): Part {
  return {
    categoryId,
    service,
    state: after.length > 0 ? "waiting" : "due",
    attempt: 0,
    failures: 0,
    asks: 0,
    dueAt: world.now,
    leasedUntil: null,
    parkedAt: null,
    closedAt: null,
    outcome: null,
    retainedUntil: null,
    reason: null,
    errorCode: null,
  };
}

/** One step of a drive: claims what is due; the claimed calls are then in flight. */
export function drive(world: World, deletion: ModelDeletion, access: Access = "call"): void {
  world.signals.delete(deletion);
  if (deletion.closedAt !== null) return;
  step(world, deletion, [], () => access);
}

/** Whether a drive would move a deletion now, without calling anybody. */
export function couldGoOn(world: World, deletion: ModelDeletion): boolean {
  const { registry, now } = world;
  const view = { ...deletion, busyElsewhere: busy(world, deletion) };
  return planDeletion(view, { registry, now, deadlineMs, access: null }).changes.length > 0;
}

/** A service lets those who wait in its line go on. */
export function unpark(world: World, deletion: ModelDeletion): void {
  const parked = deletion.parts.filter((part) => part.parkedAt !== null);
  if (parked.length === 0) return;
  const changes = parked.map((part) => postpone(part, { parkedAt: null }));
  deletion.parts = withChanges(deletion.parts, changes);
  if (deletion.closedAt !== null) return;
  deletion.wakeAt = Math.min(deletion.wakeAt ?? world.now, world.now);
  world.signals.add(deletion);
  note(world, "unparked");
}

/** Records what a call came to, and plans on. */
export function record(
  world: World,
  flight: Flight,
  random: number,
  { isExcused, access }: { isExcused: boolean; access: Access },
): void {
  world.flights.delete(flight);
  const { deletion, call, outcome } = flight;
  if (outcome === null) return;
  const rules = world.registry.findService(call.service);
  if (!rules) return;
  if (outcome.kind === "unsent") {
    const back = call.parts.flatMap((claim) => applyUnsent(deletion.parts, claim, world.now) ?? []);
    for (const { event } of back) note(world, `given back: ${event}`);
    step(world, deletion, back, () => access);
    return;
  }
  const on = { rules, now: world.now, random, isExcused };
  const carried = new Set(call.parts.map((part) => part.categoryId));
  const happened = deletion.parts
    .filter((part) => part.service === call.service && carried.has(part.categoryId))
    .flatMap((part) => {
      const attempt = world.bug === "attempt guard removed" ? part.attempt : call.attempt;
      if (part.attempt !== call.attempt) note(world, "outcome of an older attempt");
      return (
        (outcome.kind === "delete"
          ? applyDeleteOutcome(part, attempt, outcome.outcome, on)
          : applyOverdueStatus(part, attempt, outcome.states?.get(part.categoryId) ?? null, on)) ??
        []
      );
    });
  checkOutcome(deletion, call, happened);
  step(world, deletion, happened, () => access);
}

/** An operator cancels what was not begun, or ends what is left for one service. */
export function operate(
  world: World,
  deletion: ModelDeletion,
  how: "cancel" | "resolved" | "cancelled",
  service: string | undefined,
): void {
  const event = how === "resolved" ? "operator_resolved" : "operator_cancelled";
  if (how === "cancel" && deletion.parts.some(({ attempt }) => attempt > 0)) return;
  const own = deletion.parts.filter((part) => how === "cancel" || part.service === service);
  const happened = own.flatMap((part) => applyEvent(part, event, world.now) ?? []);
  if (happened.length > 0) step(world, deletion, happened, null);
}

/** A report arrives. */
export function receive(world: World, letter: Letter, random: number): void {
  const { user, service, categoryId, report } = letter;
  const newest = world.deletions.findLast(
    (deletion) => deletion.user === user && partOf(deletion, service, categoryId) !== undefined,
  );
  const part = newest && partOf(newest, service, categoryId);
  const rules = world.registry.findService(service);
  const decision = decideReport(
    report,
    {
      newest: newest && part ? { ...newestOf(world, newest), part } : null,
      isCategoryOpen: world.deletions.some(
        (deletion) =>
          deletion.user === user && deletion.categories.get(categoryId)?.closedAt === null,
      ),
      isCategoryKnown: world.registry.hasCategory(categoryId),
      isConfigured: world.registry.holds(service, categoryId),
    },
    rules ? { rules, now: world.now, random } : null,
  );
  note(world, `report ${decision.kind}`);
  if (decision.kind === "own_state") {
    const key = `${user}/${categoryId}/${service}`;
    const known = world.ownStates.get(key) ?? 0;
    world.ownStates.set(key, Math.max(known, decision.deletedAt));
  }
  if (decision.kind === "moves" && newest) {
    checkReport(newest, report);
    step(world, newest, [decision.change], null);
  }
}

function newestOf({ bug }: World, { id: deletionId, acceptedAt, fenceAt }: ModelDeletion) {
  const isMistaken = bug === "a retry takes reports for its own from its fence on";
  return { deletionId, acceptedAt: isMistaken ? fenceAt : acceptedAt, fenceAt };
}

function partOf(deletion: ModelDeletion, service: string, categoryId: string): Part | undefined {
  return deletion.parts.find((part) => part.service === service && part.categoryId === categoryId);
}

function step(
  world: World,
  deletion: ModelDeletion,
  happened: readonly PartChange[],
  access: PlanOptions["access"],
): void {
  const { registry, now } = world;
  const parts = access === null ? deletion.parts : distort(world, deletion.parts);
  const { acceptedAt, closedAt, wakeAt } = deletion;
  const view = { acceptedAt, closedAt, wakeAt, parts, busyElsewhere: busy(world, deletion) };
  const options = { registry, now, deadlineMs, access, isDrive: access !== null };
  const next = advance(view, happened, options);
  checkChanges(world, deletion, next.changes);
  for (const { event, part } of next.changes) {
    note(world, event ?? (part.parkedAt === null ? "postponed" : "parked"));
  }
  write(world, deletion, next);
  for (const call of next.calls) {
    world.flights.add({ deletion, call, claimedAt: now, outcome: null });
  }
  if (next.wakesLater && world.bug !== "nobody woken by what closed") wakeLater(world, deletion);
}

/** What a claim sees that does not look at the state, or not at whether a part is done. */
function distort(world: World, parts: readonly Part[]): readonly Part[] {
  const isMistaken = (part: Part) =>
    (world.bug === "state left out of the claim" && part.attempt > 0 && isOpen(part.state)) ||
    (world.bug === "done parts called again" && part.state === "deleted");
  return parts.map((part) =>
    isMistaken(part)
      ? { ...part, state: "due", dueAt: world.now, leasedUntil: null, parkedAt: null }
      : part,
  );
}

function busy(world: World, deletion: ModelDeletion): Set<string> {
  const earlier = world.deletions.filter(
    (other) => other.user === deletion.user && other.seq < deletion.seq,
  );
  const open = earlier.flatMap(({ parts }) => parts.filter((part) => isOpen(part.state)));
  return new Set(open.map(({ service }) => service));
}

function write(world: World, deletion: ModelDeletion, next: Advance): void {
  deletion.parts = withChanges(deletion.parts, next.changes);
  deletion.wakeAt = next.wakeAt;
  for (const { categoryId, closedAt, deletedAt } of next.categories) {
    const category = deletion.categories.get(categoryId);
    if (!category) continue;
    category.closedAt ??= closedAt;
    category.deletedAt ??= deletedAt;
  }
  deletion.closedAt ??= next.closing?.closedAt ?? null;
  if (next.wakeAt !== null && next.wakeAt <= world.now) world.signals.add(deletion);
}

function wakeLater(world: World, deletion: ModelDeletion): void {
  const later = world.deletions.filter(
    (other) => other.user === deletion.user && other.seq > deletion.seq && other.closedAt === null,
  );
  for (const other of later) {
    world.signals.add(other);
    note(world, "woken by an earlier deletion");
  }
}
