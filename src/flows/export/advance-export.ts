import type { Slot } from "../../connected/gates.ts";
import { TakeoutError } from "../../domain/errors.ts";
import { advanceExport as advance, type ExportAdvance } from "../../domain/export-advance.ts";
import { applyExportOutcome, type ExportOutcome } from "../../domain/export-outcome.ts";
import type { ExportPart, ExportPartChange } from "../../domain/export-part.ts";
import type { ExportStep, StepResult } from "../../domain/export-step.ts";
import type { Transaction } from "../../store/connect.ts";
import { type NewArchive, replaceArchive } from "../../store/exports/archives.ts";
import {
  deferExport,
  type LockedExport,
  lockExport,
  writeExport,
} from "../../store/exports/export.ts";
import { type NewExportFile, replaceFiles } from "../../store/exports/files.ts";
import { type FileNames, openFileNames } from "../../store/exports/names.ts";
import { hasKeyOf, openSnapshot, type Snapshot } from "../../store/seal.ts";
import { findOpenBreakers } from "../../store/service-states.ts";
import { transact } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { closeExport } from "./close-export.ts";

/** What something that was claimed for an export came to. */
export type ExportArrival =
  | {
      readonly kind: "call";
      readonly part: ExportPart;
      readonly outcome: ExportOutcome;
      /** What came with the answer, as it is kept. */
      readonly kept: KeptFiles | null;
    }
  | {
      readonly kind: "step";
      readonly result: StepResult;
      /** Of a build that is done. */
      readonly archive: NewArchive | null;
    };

/** Files that lie in one blob. */
export interface KeptFiles {
  readonly blobKey: string;
  readonly files: readonly (Omit<NewExportFile, "nameHash" | "sealedName" | "blobKey"> & {
    readonly name: string;
  })[];
}

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
/** More workers lost than that in the middle of it, and the export itself is what they die of. */
const mostLosses = 20;
const poison = { ms: 10 * 60_000, tries: 5 };
const strange = { ms: 60_000, tries: 0 };

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
      turnDeadlineMs,
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
    throw error;
  } finally {
    room.releaseAllBut(used);
  }
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
    readonly room: ReturnType<typeof holdRoom>;
  },
): Promise<Taken | null> {
  const { exportId, arrivals, hasTime, before, room } = input;
  const locked = await lockExport(tx, exportId);
  if (locked === null) return null;
  // These are our own claims, and waiting for their leases helps nobody.
  if (before && holdsClaims(locked, before.next)) return { ...before, locked };
  room.releaseAllBut([]);
  if (locked.closedAt !== null) return await discard(locked, arrivals);
  if (arrivals.length === 0 && (await putOff(context, tx, locked))) return null;
  const isExcused = await findExcused(tx, arrivals);
  const happened = arrivals.flatMap((arrival) => record(context, locked, arrival, isExcused));
  const done = arrivals.find((arrival) => arrival.kind === "step") ?? null;
  const isLeaving = context.drives.isDraining();
  const next = advance(locked, happened, done?.result ?? null, {
    registry: context.registry,
    now: locked.now,
    random: context.random(),
    deadlineMs: context.rules.exportDeadlineMs,
    // A process that drains claims nothing more: the queue gives what is due to another.
    access: isLeaving ? null : room.access,
    hasTime: hasTime && !isLeaving,
  });
  const garbage = [
    ...(await keepFiles(context, tx, { locked, next, arrivals })),
    ...(await keepArchive(context, tx, { locked, next, done })),
  ];
  const closing = next.closing && closeExport(locked, next.closing, context.rules.exportKeepMs);
  await writeExport(tx, locked, { ...next, closing, leasedBy: context.workerId });
  return { locked, next, garbage };
}

/** Whether every claim of a plan stands in the ledger just as it was written; nobody else writes the same. */
function holdsClaims(locked: LockedExport, { calls, claimed }: ExportAdvance): boolean {
  if (calls.length === 0 && claimed === null) return false;
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
async function discard(
  locked: LockedExport,
  arrivals: readonly ExportArrival[],
): Promise<Taken | null> {
  const garbage = arrivals.flatMap(blobsOf);
  if (garbage.length === 0) return null;
  const { step, work, gatheredAt, errorCode } = locked;
  const nothing = { changes: [], calls: [], events: [], claimed: null, closing: null };
  const next = { ...nothing, step, work, gatheredAt, errorCode, wakeAt: null, jobAt: null };
  return { locked, next, garbage };
}

function blobsOf(arrival: ExportArrival): string[] {
  const key = arrival.kind === "call" ? arrival.kept?.blobKey : arrival.archive?.blobKey;
  return key === undefined ? [] : [key];
}

/** Puts off what had better not be driven now, and says so loudly. @returns whether it did. */
async function putOff(
  context: FlowContext,
  tx: Transaction,
  { id, losses, key }: LockedExport,
): Promise<boolean> {
  const about = { export_id: id };
  if (losses > mostLosses) {
    context.log.error(about, "workers die of this export, put off for ten minutes");
    await deferExport(tx, id, poison);
    return true;
  }
  if (key === null || hasKeyOf(context.keyring, key)) return false;
  context.log.error(about, "this process has no secret for the export, put off for a minute");
  await deferExport(tx, id, strange);
  return true;
}

/** The room of one turn: exports have places of their own, so that they never take those of deletions. */
function holdRoom({ exportGates }: FlowContext) {
  const held = new Map<string, Slot>();
  return {
    access(service: string): boolean {
      if (exportGates.access(service) !== "free") return false;
      held.set(service, exportGates.take(service));
      return true;
    },
    slotOf: (service: string) => held.get(service) as Slot,
    releaseAllBut(services: readonly string[]) {
      for (const [service, slot] of held) {
        if (services.includes(service)) continue;
        slot.release();
        held.delete(service);
      }
    },
  };
}

/** A failure counts only while the service's breaker is closed; the ledger knows that best. */
async function findExcused(
  tx: Transaction,
  arrivals: readonly ExportArrival[],
): Promise<(service: string) => boolean> {
  const failed = arrivals.flatMap((it) =>
    it.kind === "call" && it.outcome.kind === "failed" ? [it.part.service] : [],
  );
  if (failed.length === 0) return () => false;
  const open = await findOpenBreakers(tx, failed);
  return (service) => open.has(service);
}

function record(
  context: FlowContext,
  locked: LockedExport,
  arrival: ExportArrival,
  isExcused: (service: string) => boolean,
): ExportPartChange[] {
  if (arrival.kind === "step") return [];
  const { service, attempt } = arrival.part;
  const rules = context.registry.findService(service);
  const part = locked.parts.find((row) => row.service === service);
  if (!rules || !part) return [];
  const change = applyExportOutcome(part, attempt, arrival.outcome, {
    rules,
    now: locked.now,
    random: context.random(),
    isExcused: isExcused(service),
  });
  return change ? [change] : [];
}

/** What closed with an answer has the files of the answer, and no others. @returns blobs that are not needed. */
async function keepFiles(
  context: FlowContext,
  tx: Transaction,
  on: {
    readonly locked: LockedExport;
    readonly next: ExportAdvance;
    readonly arrivals: readonly ExportArrival[];
  },
): Promise<string[]> {
  const { locked, next, arrivals } = on;
  const garbage: string[] = [];
  for (const arrival of arrivals) {
    if (arrival.kind !== "call") continue;
    const { service } = arrival.part;
    const closed = next.changes.find(
      ({ event, part }) =>
        part.service === service && (event === "answered_data" || event === "answered_no_data"),
    );
    if (!closed) {
      garbage.push(...blobsOf(arrival));
      continue;
    }
    const names = arrival.kept && namesOf(context, locked);
    const files = arrival.kept && names ? toNewFiles(arrival.kept, service, names) : [];
    garbage.push(...(await replaceFiles(tx, locked.id, service, files)));
  }
  return garbage;
}

function namesOf(context: FlowContext, { id, key }: LockedExport): FileNames | null {
  return key && openFileNames(context.keyring, id, key);
}

function toNewFiles(
  { blobKey, files }: KeptFiles,
  service: string,
  names: FileNames,
): NewExportFile[] {
  return files.map(({ name, ...file }) => ({
    ...file,
    blobKey,
    nameHash: names.hash(service, name),
    sealedName: names.seal(service, name),
  }));
}

/** @returns blobs that are not needed: of a build that another has overtaken. */
async function keepArchive(
  context: FlowContext,
  tx: Transaction,
  on: {
    readonly locked: LockedExport;
    readonly next: ExportAdvance;
    readonly done: Extract<ExportArrival, { kind: "step" }> | null;
  },
): Promise<string[]> {
  const { locked, next, done } = on;
  if (!done?.archive) return [];
  const isRecorded = next.events.some(({ event }) => event === "step_done");
  if (!isRecorded) return [done.archive.blobKey];
  await replaceArchive(tx, locked.id, done.archive, context.rules.exportKeepMs);
  return [];
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
