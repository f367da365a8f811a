import type { Slot } from "../connected/gates.ts";
import { type Advance, advance } from "../domain/advance.ts";
import {
  applyDeleteOutcome,
  applyOverdueStatus,
  applyUnsent,
  type DataState,
  type DeleteOutcome,
} from "../domain/outcome.ts";
import type { Part, PartChange } from "../domain/part.ts";
import type { Access, PlannedCall } from "../domain/plan.ts";
import type { LockedDeletion } from "../store/deletion.ts";
import type { Decided, MoveView } from "../store/move-deletions.ts";
import { hasKeyOf, openSnapshot, type Snapshot } from "../store/seal.ts";
import type { DeletionWrite } from "../store/write-deletions.ts";
import type { FlowContext } from "./context.ts";
import { closedAfterMs } from "./move-parts.ts";

/** What a call made for a deletion came to. */
export type CallOutcome =
  | {
      readonly kind: "delete";
      readonly call: PlannedCall;
      readonly outcome: DeleteOutcome;
      /** The breaker was open, as far as this process knew. */
      readonly isProbe: boolean;
    }
  | {
      readonly kind: "status";
      readonly call: PlannedCall;
      /** By category; `null`: no usable answer. */
      readonly states: ReadonlyMap<string, DataState> | null;
    }
  /** It never left: its claim is given back. */
  | { readonly kind: "unsent"; readonly call: PlannedCall };

/** A call that is claimed and has its slot; whoever gets it makes it or lets its lease run out. */
export interface ClaimedCall {
  readonly call: PlannedCall;
  readonly slot: Slot;
}

export interface Step {
  readonly fenceAt: number;
  /** By our own monotonic clock, from before the claims: what stood in line before that has cost their leases nothing. */
  readonly claimedAfter: number;
  readonly snapshot: Snapshot | null;
  readonly calls: readonly ClaimedCall[];
  /** Services for which something is due and no room was found. */
  readonly wanting: readonly string[];
}

export interface StepInput {
  readonly deletionId: string;
  /**
   * Called once, when the step's turn at the ledger has come, so that all goes along that came while it stood in line;
   * never, when its turn does not come in time.
   */
  readonly take: () => Taken;
}

/** What has come for a step until its turn. */
export interface Taken {
  readonly outcomes: readonly CallOutcome[];
  /** Room by service; what the step does not use is given back. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** Whether the drive stays and waits for room; if not, what finds none is parked. */
  readonly isPatient: boolean;
}

/** How long a step waits for the ledger; outcomes that it brings would otherwise be lost. */
const stepDeadlineMs = 10_000;
/** More workers lost than that in the middle of its calls, and the deletion itself is what they die of. */
const mostLosses = 20;
const poison = { ms: 10 * 60_000, tries: 5 };
const strange = { ms: 60_000, tries: 0 };

/** What was read and what was planned. */
interface Stepped {
  readonly deletion: LockedDeletion;
  readonly next: Advance;
  readonly claimedAfter: number;
}

/**
 * One step of a drive, in one transaction: records outcomes, plans on, claims what is due, closes what is
 * finished, and sets the next wake-up. Safe to run at any time and twice: what it records or claims is
 * guarded by state and attempt.
 *
 * @returns `null` when there is nothing left to drive.
 * @throws TakeoutError `unavailable`.
 */
export async function advanceDeletion(
  context: FlowContext,
  input: StepInput,
): Promise<Step | null> {
  const attempt: Attempt = { taken: null, begunAt: 0, written: null, isGivenUp: false };
  let used: readonly string[] = [];
  try {
    const done = await context.move(
      {
        of: { deletionId: input.deletionId },
        begin: () => takeOnce(context, input, attempt),
        decide: (view) => decide(context, attempt, view),
      },
      { withinMs: stepDeadlineMs },
    );
    const { taken } = attempt;
    if (done === null || taken === null) return null;
    used = done.next.calls.map(({ service }) => service);
    note(context, done);
    return {
      fenceAt: done.deletion.fenceAt,
      claimedAfter: done.claimedAfter,
      snapshot: used.length > 0 ? open(context, done.deletion) : null,
      calls: done.next.calls.map((call) => ({ call, slot: taken.room.take(call.service) })),
      wanting: done.next.wanting,
    };
  } catch (error) {
    attempt.isGivenUp = true;
    used = [];
    throw error;
  } finally {
    attempt.taken?.room.releaseAllBut(used);
  }
}

/** What a step keeps from one attempt to write it to the next. */
interface Attempt {
  /** `null`: its turn has not come. */
  taken: { readonly outcomes: readonly CallOutcome[]; readonly room: Room } | null;
  /** When its turn came last. */
  begunAt: number;
  /** What was written, if the answer to its COMMIT did not get lost after all. */
  written: Pick<Stepped, "next" | "claimedAfter"> | null;
  /** Nobody is left to make the calls and to free their slots. */
  isGivenUp: boolean;
}

/** @returns the services that failed it. */
function takeOnce(context: FlowContext, { take }: StepInput, attempt: Attempt): readonly string[] {
  attempt.begunAt = performance.now();
  if (attempt.taken === null && !attempt.isGivenUp) {
    const taken = take();
    attempt.taken = { outcomes: taken.outcomes, room: holdRoom(context, taken) };
  }
  const { outcomes = [] } = attempt.taken ?? {};
  return outcomes.filter(isFailure).map(({ call }) => call.service);
}

function decide(
  context: FlowContext,
  attempt: Attempt,
  { deletion, openBreakers }: MoveView,
): Decided<Stepped | null> {
  const { taken, written, isGivenUp } = attempt;
  if (deletion === null || taken === null || isGivenUp) return { result: null };
  const { outcomes, room } = taken;
  if (deletion.closedAt !== null && outcomes.length === 0) return { result: null };
  // The answer to a COMMIT was lost: these are our own claims, and waiting for their leases helps nobody.
  if (written && holdsClaims(deletion, written.next)) return { result: { deletion, ...written } };
  const putOff = outcomes.length === 0 ? putOffWhy(context, deletion) : null;
  if (putOff) return { result: null, write: putOffWrite(deletion, putOff) };
  // A failure counts only while the service's breaker is closed, which the ledger knows best; a probe's never.
  const isExcused = (it: FailedCall) =>
    it.isProbe || openBreakers.has(it.call.service) || context.gates.isOpen(it.call.service);
  const happened = outcomes.flatMap((outcome) =>
    record(context, deletion, outcome, isFailure(outcome) && isExcused(outcome)),
  );
  const next = advance(deletion, happened, {
    registry: context.registry,
    now: deletion.now,
    deadlineMs: context.rules.deadlineMs,
    // A process that drains claims nothing more: the queue gives what is due to another.
    access: context.drives.isDraining() ? null : room.access,
    isDrive: true,
  });
  // Now, without a pause after the plan; a second run of a cut-off transaction finds them taken.
  for (const { service } of next.calls) room.take(service);
  attempt.written = { next, claimedAfter: attempt.begunAt };
  return {
    result: { deletion, ...attempt.written },
    write: { ...next, leasedBy: context.workerId },
  };
}

type FailedCall = CallOutcome & { readonly kind: "delete" };

function isFailure(it: CallOutcome): it is FailedCall {
  return it.kind === "delete" && it.outcome.kind === "failed";
}

function note(context: FlowContext, { deletion, next }: Stepped): void {
  const tookMs = closedAfterMs(deletion, next);
  if (tookMs !== null) context.metrics.deletionClosed(tookMs / 1000);
  for (const { part } of next.changes) {
    if (part.parkedAt !== null) context.gates.noteBacklog(part.service, true);
  }
}

/** Whether every claim of a plan stands in the ledger just as it was written; nobody else writes the same. */
function holdsClaims({ parts }: LockedDeletion, { calls }: Advance): boolean {
  const claimed = calls.flatMap((call) => call.parts);
  const isThere = (claim: Part) =>
    parts.some(
      (part) =>
        part.service === claim.service &&
        part.categoryId === claim.categoryId &&
        part.state === claim.state &&
        part.attempt === claim.attempt &&
        part.leasedUntil === claim.leasedUntil,
    );
  return claimed.length > 0 && claimed.every(isThere);
}

interface PutOff {
  readonly ms: number;
  /** Each time that it comes back it has a few more. */
  readonly tries: number;
}

/** Whether a deletion had better not be called now; then it is said loudly. */
function putOffWhy(context: FlowContext, deletion: LockedDeletion): PutOff | null {
  const { id, losses, snapshot, acceptedAt, now } = deletion;
  const about = { deletion_id: id };
  if (losses > mostLosses) {
    context.log.error(about, "workers die of this deletion, put off for ten minutes");
    return poison;
  }
  if (snapshot === null || hasKeyOf(context.keyring, snapshot)) return null;
  // Past its deadline nothing is called, and what ends then needs no secret.
  if (now >= acceptedAt + context.rules.deadlineMs) return null;
  context.log.error(about, "this process has no secret for the deletion, put off for a minute");
  return strange;
}

function putOffWrite({ now }: LockedDeletion, { ms, tries }: PutOff): DeletionWrite {
  const nothing = { changes: [], categories: [], closing: null, jobAt: null, wakesLater: false };
  return { ...nothing, leasedBy: null, wakeAt: now + ms, forgives: tries };
}

type Room = ReturnType<typeof holdRoom>;

/** The room of one step: what the drive brought, and what it finds. */
function holdRoom({ gates }: FlowContext, { slots, isPatient }: Taken) {
  const held = new Map(slots);
  return {
    access(service: string): Access {
      if (held.has(service)) return "call";
      const access = gates.access(service);
      if (access === "free") return "call";
      return access === "full" && isPatient ? "wait" : "park";
    },
    take(service: string): Slot {
      const slot = held.get(service) ?? gates.take(service);
      held.set(service, slot);
      return slot;
    },
    releaseAllBut(services: readonly string[]) {
      for (const [service, slot] of held) if (!services.includes(service)) slot.release();
    },
  };
}

function record(
  context: FlowContext,
  deletion: LockedDeletion,
  outcome: CallOutcome,
  isExcused: boolean,
): PartChange[] {
  const { call } = outcome;
  const rules = context.registry.findService(call.service);
  if (!rules) return [];
  if (outcome.kind === "unsent") {
    return call.parts.flatMap((claim) => applyUnsent(deletion.parts, claim, deletion.now) ?? []);
  }
  const on = { rules, now: deletion.now, random: context.random(), isExcused };
  const carried = new Set(call.parts.map((part) => part.categoryId));
  return deletion.parts
    .filter((part) => part.service === call.service && carried.has(part.categoryId))
    .flatMap((part) => {
      if (outcome.kind === "delete") {
        return applyDeleteOutcome(part, call.attempt, outcome.outcome, on) ?? [];
      }
      const state = outcome.states?.get(part.categoryId) ?? null;
      return applyOverdueStatus(part, call.attempt, state, on) ?? [];
    });
}

function open(context: FlowContext, deletion: LockedDeletion): Snapshot | null {
  if (deletion.snapshot === null) return null;
  return openSnapshot(context.keyring, deletion.id, deletion.snapshot);
}
