import type { Slot } from "../connected/gates.ts";
import { type Advance, advance } from "../domain/advance.ts";
import { TakeoutError } from "../domain/errors.ts";
import {
  applyDeleteOutcome,
  applyOverdueStatus,
  type DataState,
  type DeleteOutcome,
} from "../domain/outcome.ts";
import type { Part, PartChange } from "../domain/part.ts";
import type { Access, PlannedCall } from "../domain/plan.ts";
import type { Transaction } from "../store/connect.ts";
import {
  deferDeletion,
  type LockedDeletion,
  lockDeletion,
  wakeLaterDeletions,
  writeDeletion,
} from "../store/deletion.ts";
import { hasKeyOf, openSnapshot, type Snapshot } from "../store/seal.ts";
import { findOpenBreakers } from "../store/service-states.ts";
import { transact } from "../store/transaction.ts";
import type { FlowContext } from "./context.ts";

/** What a call made for a deletion came to. */
export type CallOutcome =
  | { readonly kind: "delete"; readonly call: PlannedCall; readonly outcome: DeleteOutcome }
  | {
      readonly kind: "status";
      readonly call: PlannedCall;
      /** By category; `null`: no usable answer. */
      readonly states: ReadonlyMap<string, DataState> | null;
    };

/** A call that is claimed and has its slot; whoever gets it makes it or lets its lease run out. */
export interface ClaimedCall {
  readonly call: PlannedCall;
  readonly slot: Slot;
}

export interface Step {
  readonly fenceAt: number;
  readonly snapshot: Snapshot | null;
  readonly calls: readonly ClaimedCall[];
  /** Services for which something is due and no room was found. */
  readonly wanting: readonly string[];
}

export interface StepInput {
  readonly deletionId: string;
  readonly outcomes: readonly CallOutcome[];
  /** Room that the drive holds already, by service; what the step does not use is given back. */
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
  const room = holdRoom(context, input);
  let used: readonly string[] = [];
  let isGivenUp = false;
  let written: Advance | null = null;
  try {
    const done = await transact(
      context.store,
      async (tx) => {
        const deletion = await lockDeletion(tx, input.deletionId);
        if (deletion === null) return null;
        if (deletion.closedAt !== null && input.outcomes.length === 0) return null;
        // The answer to a COMMIT was lost: these are our own claims, and waiting for their leases helps nobody.
        if (written !== null && holdsClaims(deletion, written)) return { deletion, next: written };
        const isPutOff = input.outcomes.length === 0 && (await putOff(context, tx, deletion));
        if (isPutOff) return null;
        const isExcused = await findExcused(context, tx, input.outcomes);
        // The lock came after the deadline: nobody is left to make the calls and to free their slots.
        if (isGivenUp) throw new TakeoutError("unavailable");
        const happened = input.outcomes.flatMap((outcome) =>
          record(context, deletion, outcome, isExcused(outcome.call)),
        );
        const next = advance(deletion, happened, {
          registry: context.registry,
          now: deletion.now,
          deadlineMs: context.rules.deadlineMs,
          // A process that drains claims nothing more: the queue gives what is due to another.
          access: context.drives.isDraining() ? null : room.access,
        });
        // Now, without a pause after the plan; a second run of a cut-off transaction finds them taken.
        for (const { service } of next.calls) room.take(service);
        await writeDeletion(tx, deletion, { ...next, leasedBy: context.workerId });
        if (next.wakesLater) await wakeLaterDeletions(tx, deletion);
        written = next;
        return { deletion, next };
      },
      stepDeadlineMs,
    );
    if (done === null) return null;
    used = done.next.calls.map(({ service }) => service);
    noteClosing(context, done.deletion, done.next);
    for (const { part } of done.next.changes) {
      if (part.parkedAt !== null) context.gates.noteBacklog(part.service, true);
    }
    return {
      fenceAt: done.deletion.fenceAt,
      snapshot: used.length > 0 ? open(context, done.deletion) : null,
      calls: done.next.calls.map((call) => ({ call, slot: room.take(call.service) })),
      wanting: done.next.wanting,
    };
  } catch (error) {
    isGivenUp = true;
    used = [];
    throw error;
  } finally {
    room.releaseAllBut(used);
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

/** Puts off what had better not be called now, and says so loudly. @returns whether it did. */
async function putOff(
  context: FlowContext,
  tx: Transaction,
  { id, losses, snapshot }: LockedDeletion,
): Promise<boolean> {
  const about = { deletion_id: id };
  if (losses > mostLosses) {
    context.log.error(about, "workers die of this deletion, put off for ten minutes");
    await deferDeletion(tx, id, poison);
    return true;
  }
  if (snapshot === null || hasKeyOf(context.keyring, snapshot)) return false;
  context.log.error(about, "this process has no secret for the deletion, put off for a minute");
  await deferDeletion(tx, id, strange);
  return true;
}

/** The room of one step: what the drive brought, and what it finds. */
function holdRoom({ gates }: FlowContext, { slots, isPatient }: StepInput) {
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

/** A failure counts only while the service's breaker is closed; the ledger knows that best. */
async function findExcused(
  context: FlowContext,
  tx: Transaction,
  outcomes: readonly CallOutcome[],
): Promise<(call: PlannedCall) => boolean> {
  const failed = outcomes.filter((it) => it.kind === "delete" && it.outcome.kind === "failed");
  if (failed.length === 0) return () => false;
  const services = failed.map(({ call }) => call.service);
  const open = await findOpenBreakers(tx, services);
  return ({ service }) => open.has(service) || context.gates.isOpen(service);
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

function noteClosing(context: FlowContext, deletion: LockedDeletion, next: Advance): void {
  if (next.closing === null || deletion.closedAt !== null) return;
  context.metrics.deletionClosed((deletion.now - deletion.acceptedAt) / 1000);
}

function open(context: FlowContext, deletion: LockedDeletion): Snapshot | null {
  if (deletion.snapshot === null) return null;
  return openSnapshot(context.keyring, deletion.id, deletion.snapshot);
}
