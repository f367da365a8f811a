import type { Slot } from "../../connected/gates.ts";
import { TakeoutError } from "../../domain/errors.ts";
import { advanceExport as advance, type ExportAdvance } from "../../domain/export-advance.ts";
import type { ExportPart } from "../../domain/export-part.ts";
import type { ExportStep } from "../../domain/export-step.ts";
import type { Transaction } from "../../store/connect.ts";
import { type LockedExport, lockExport, writeExport } from "../../store/exports/export.ts";
import { openSnapshot, type Snapshot } from "../../store/seal.ts";
import { isCommitted, isTransient, transact } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { closeExport } from "./close-export.ts";
import { blobsOf, type ExportArrival } from "./export-arrival.ts";
import { holdRoom, type Room } from "./hold-room.ts";
import { keepArrivals } from "./keep-arrivals.ts";
import { findHindrance, putOff } from "./put-off.ts";
import { recordCalls } from "./record-calls.ts";

/** A call that is claimed and has its slot. */
export interface ClaimedExportCall {
  readonly part: ExportPart;
  readonly slot: Slot;
}

export interface ExportTurn {
  readonly export: LockedExport;
  readonly snapshot: Snapshot | null;
  readonly calls: readonly ClaimedExportCall[];
  readonly claimed: { readonly step: ExportStep; readonly attempt: number } | null;
  /** Blobs that nothing should lead to any more. */
  readonly garbage: readonly string[];
}

export interface ExportTurnInput {
  readonly exportId: string;
  readonly arrivals: readonly ExportArrival[];
  /** Whether the drive has the time for a step. */
  readonly hasTime: boolean;
}

/** How long a turn waits for the ledger; what it brings would otherwise be lost. */
const turnDeadlineMs = 10_000;
/** What a step came to may have taken hours, and the portal may know of it: so long as a ledger is away, unless we leave. */
const stepTurnDeadlineMs = 10 * 60_000;

/**
 * One turn of an export's drive, in one transaction: records what arrived, plans on, claims what is due, closes what
 * is finished, and sets the next wake-up. Safe to run at any time and twice: what it records or claims is guarded by
 * state and attempt.
 *
 * @returns `null` when there is nothing left to drive.
 * @throws TakeoutError `unavailable`.
 */
export async function advanceExport(
  context: FlowContext,
  input: ExportTurnInput,
): Promise<ExportTurn | null> {
  const room = holdRoom(context);
  const patience = patienceOf(context, input.arrivals);
  let isGivenUp = false;
  let used: readonly string[] = [];
  let before: Taken | null = null;
  try {
    const turn = await transact(
      context.store,
      async (tx) => {
        const taken: Taken | null = await takeTurn(context, tx, { ...input, before, room });
        before = taken;
        // The lock came after the deadline: nobody is left to make the calls and to free their slots.
        if (isGivenUp) throw new TakeoutError("unavailable");
        return taken;
      },
      patience.ms,
      patience.isWorthARetry,
    );
    if (turn === null) return null;
    used = turn.next.calls.map(({ part }) => part.service);
    const { locked, next, garbage } = turn;
    noteClosing(context, locked, next);
    return {
      export: locked,
      snapshot: used.length > 0 ? open(context, locked) : null,
      calls: next.calls.map(({ part }) => ({ part, slot: room.slotOf(part.service) })),
      claimed: next.claimed,
      garbage,
    };
  } catch (error) {
    isGivenUp = true;
    used = [];
    throw error;
  } finally {
    room.releaseAllBut(used);
  }
}

function patienceOf({ drives }: FlowContext, arrivals: readonly ExportArrival[]) {
  const isOfStep = arrivals.some(({ kind }) => kind === "step");
  const hurriesAt = performance.now() + turnDeadlineMs;
  return {
    ms: isOfStep ? stepTurnDeadlineMs : turnDeadlineMs,
    isWorthARetry: (error: unknown) =>
      isTransient(error) && !(drives.isDraining() && performance.now() > hurriesAt),
  };
}

interface Taken {
  readonly locked: LockedExport;
  readonly next: ExportAdvance;
  readonly garbage: readonly string[];
}

async function takeTurn(
  context: FlowContext,
  tx: Transaction,
  input: ExportTurnInput & {
    /** What a run before this one decided, whose COMMIT was not answered. */
    readonly before: Taken | null;
    readonly room: Room;
  },
): Promise<Taken | null> {
  const { exportId, arrivals, hasTime, before, room } = input;
  const locked = await lockExport(tx, exportId);
  if (locked === null) return null;
  // These are our own claims, and waiting for their leases helps nobody.
  if (before && (await holdsClaims(tx, locked, before))) return before;
  room.releaseAllBut([]);
  if (locked.closedAt !== null) return discard(locked, arrivals);
  const isNews = arrivals.length > 0;
  const hindrance = findHindrance(context, locked, isNews);
  if (hindrance && !isNews && (await putOff(context, tx, locked, hindrance))) return null;
  const happened = await recordCalls(context, tx, locked, arrivals);
  const done = arrivals.find((arrival) => arrival.kind === "step") ?? null;
  const isLeaving = context.drives.isDraining();
  const next = advance(locked, happened, done?.result ?? null, {
    registry: context.registry,
    now: locked.now,
    random: context.random(),
    deadlineMs: context.rules.exportDeadlineMs,
    // A process that drains claims nothing more: the queue gives what is due to another.
    access: isLeaving || hindrance ? null : room.access,
    hasTime: hasTime && !isLeaving,
    hinderedBy: hindrance?.code ?? null,
  });
  const garbage = await keepArrivals(context, tx, { locked, next, arrivals });
  const closing = next.closing && closeExport(locked, next.closing, context.rules.exportKeepMs);
  await writeExport(tx, locked, { ...next, closing, leasedBy: context.workerId });
  return { locked, next, garbage };
}

/** Whether every claim of a plan stands in the ledger, and it is this plan's. */
async function holdsClaims(tx: Transaction, locked: LockedExport, before: Taken): Promise<boolean> {
  const { calls, claimed } = before.next;
  if (calls.length === 0 && claimed === null) return false;
  // If the plan was rolled back, whoever came next claimed with the same numbers.
  return areThere(locked, before.next) && (await isCommitted(tx, before.locked.transactionId));
}

function areThere(locked: LockedExport, { calls, claimed }: ExportAdvance): boolean {
  const isStepThere = claimed === null || locked.work.attempt === claimed.attempt;
  const isThere = (claim: ExportPart) =>
    locked.parts.some(
      (part) =>
        part.service === claim.service &&
        part.state === claim.state &&
        part.attempt === claim.attempt &&
        part.leasedUntil === claim.leasedUntil,
    );
  return isStepThere && calls.every(({ part }) => isThere(part));
}

/** What came for an export that is closed changes nothing. */
function discard(locked: LockedExport, arrivals: readonly ExportArrival[]): Taken | null {
  const garbage = arrivals.flatMap(blobsOf);
  if (garbage.length === 0) return null;
  const { step, work, gatheredAt, errorCode } = locked;
  const nothing = { changes: [], calls: [], events: [], claimed: null, closing: null };
  const next = { ...nothing, step, work, gatheredAt, errorCode, wakeAt: null, jobAt: null };
  return { locked, next, garbage };
}

function noteClosing(context: FlowContext, locked: LockedExport, { closing }: ExportAdvance): void {
  if (closing === null) return;
  const about = { export_id: locked.id, code: closing.errorCode ?? closing.state };
  context.log.info(about, "an export has come to its end");
  // A retry's time is not the user's.
  if (locked.state === null) context.metrics.exportClosed((locked.now - locked.createdAt) / 1000);
}

function open(context: FlowContext, { id, sealed, key }: LockedExport): Snapshot | null {
  return sealed && key && openSnapshot(context.keyring, id, { sealed, ...key });
}
