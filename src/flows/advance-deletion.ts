import type { Slot } from "../connected/slots.ts";
import { type Advance, advance } from "../domain/advance.ts";
import { TakeoutError } from "../domain/errors.ts";
import {
  applyDeleteOutcome,
  applyOverdueStatus,
  type DataState,
  type DeleteOutcome,
} from "../domain/outcome.ts";
import type { PartChange } from "../domain/part.ts";
import type { PlannedCall } from "../domain/plan.ts";
import {
  type LockedDeletion,
  lockDeletion,
  wakeLaterDeletions,
  writeDeletion,
} from "../store/deletion.ts";
import { openSnapshot, type Snapshot } from "../store/seal.ts";
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
  readonly acceptedAt: number;
  readonly snapshot: Snapshot | null;
  readonly calls: readonly ClaimedCall[];
}

/** How long a step waits for the ledger; outcomes that it brings would otherwise be lost. */
const stepDeadlineMs = 10_000;

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
  deletionId: string,
  outcomes: readonly CallOutcome[],
): Promise<Step | null> {
  let taken: ClaimedCall[] = [];
  let isGivenUp = false;
  const releaseAll = () => {
    for (const { slot } of taken) slot.release();
    taken = [];
  };
  try {
    const done = await transact(
      context.store,
      async (tx) => {
        releaseAll(); // a second run of a transaction that was cut off
        const deletion = await lockDeletion(tx, deletionId);
        if (deletion === null) return null;
        // The lock came after the deadline: nobody is left to make the calls and to free their slots.
        if (isGivenUp) throw new TakeoutError("unavailable");
        if (deletion.closedAt !== null && outcomes.length === 0) return null;
        const happened = outcomes.flatMap((outcome) => record(context, deletion, outcome));
        const next = plan(context, deletion, happened);
        taken = next.calls.map((call) => ({ call, slot: context.slots.take(call.service) }));
        await writeDeletion(tx, deletion, { ...next, leasedBy: context.workerId });
        if (next.wakesLater) await wakeLaterDeletions(tx, deletion);
        return { deletion, next };
      },
      stepDeadlineMs,
    );
    if (done === null) return null;
    const { deletion, next } = done;
    if (next.closing !== null && deletion.closedAt === null) {
      context.metrics.deletionClosed((deletion.now - deletion.acceptedAt) / 1000);
    }
    return {
      acceptedAt: deletion.acceptedAt,
      snapshot: taken.length > 0 ? open(context, deletion) : null,
      calls: taken,
    };
  } catch (error) {
    isGivenUp = true;
    releaseAll();
    throw error;
  }
}

function plan(
  context: FlowContext,
  deletion: LockedDeletion,
  happened: readonly PartChange[],
): Advance {
  return advance(deletion, happened, {
    registry: context.registry,
    now: deletion.now,
    deadlineMs: context.rules.deadlineMs,
    mayCall: context.slots.hasRoom,
  });
}

function record(
  context: FlowContext,
  deletion: LockedDeletion,
  outcome: CallOutcome,
): PartChange[] {
  const { call } = outcome;
  const rules = context.registry.findService(call.service);
  if (!rules) return [];
  const on = { rules, now: deletion.now, random: context.random() };
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
