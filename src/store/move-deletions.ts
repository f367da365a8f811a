import type { Registry } from "../domain/registry.ts";
import { readBatch } from "./batch-of-moves.ts";
import type { Store, Transaction } from "./connect.ts";
import type { LockedDeletion } from "./deletion.ts";
import { goesAlone, mergeCalls } from "./merge-calls.ts";
import { canSettle, type PlainReport, type Settled, settlePlainReports } from "./plain-reports.ts";
import type { Reported, ReportRecord } from "./reports.ts";
import { guarded, isAway, isTransient, storeDeadlineMs, transact } from "./transaction.ts";
import { wakeLaterDeletions } from "./wake-deletions.ts";
import type { DeletionWrite } from "./write-deletions.ts";

/** Something that may move a deletion: a step of its drive, or a report. */
export interface Move<Result> {
  /** `report`: the newest deletion that it may belong to. */
  readonly of: { readonly deletionId: string } | { readonly report: Reported };
  /**
   * Called when its turn has come, before its deletion is read: what came while it stood in line goes along. May be called
   * again, as `decide` may.
   *
   * @returns services of which it is to be known whether their breaker is open in the ledger.
   */
  readonly begin?: () => readonly string[];
  /**
   * Decides under the lock, and by nothing but what it is given. May be asked again, since what it decided may not
   * have been written; it must not throw.
   */
  readonly decide: (view: MoveView) => Decided<Result>;
  /** Of a plain report, which may be settled without being decided under the lock. */
  readonly plainly?: {
    readonly deadlineMs: number;
    /** @param closedAfterMs - how long the deletion took, where this closed it. */
    readonly resultOf: (closedAfterMs: number | null) => Result;
  };
}

/** What is known under the lock; of several moves in a row each sees what those before it have written. */
export interface MoveView {
  /** `null`: there is none. */
  readonly deletion: LockedDeletion | null;
  /** Whether any deletion of the reported category runs for the user. */
  readonly isCategoryOpen: boolean;
  readonly openBreakers: ReadonlySet<string>;
  /** Database time in ms. */
  readonly now: number;
}

export interface Decided<Result> {
  readonly result: Result;
  readonly write?: DeletionWrite;
  /** What is kept of a report; absent: it was refused, or is kept with what it moved. */
  readonly effect?: ReportRecord["effect"];
  /** The service's own state, as of this moment in ms. */
  readonly ownDeletedAt?: number;
}

/** Makes a move, in company where others come at the same time. @throws TakeoutError `unavailable`. */
export type MoveDeletion = <Result>(
  move: Move<Result>,
  options?: { readonly withinMs?: number },
) => Promise<Result>;

/**
 * Parts that are read at once, at most, were each move about another deletion; one may have a part for each service and
 * category. Most are reports, and several of a batch are about the same deletion.
 */
const partsInBatch = 6_400;
/** How long a batch waits for what another transaction holds, before it leaves that out. */
const waitTogetherMs = 150;
/** How long batches wait for nothing then: who holds a row for so long may hold it for seconds. */
const waitlessMs = 1_000;

/** Steps and reports of many deletions in one transaction: one lock, one read, one write, one fsync. */
export function createMoves(store: Store, registry: Registry): MoveDeletion {
  const withOthers = registry.predecessors.size > 0;
  let waitsFrom = 0;
  const together = async (moves: readonly Move<unknown>[], withinMs: number) => {
    let tries = 0;
    const isWorthARetry = (error: unknown) => {
      if (isAway(error)) return true;
      waitsFrom = performance.now() + waitlessMs;
      return isTransient(error) && tries === 1;
    };
    const work = async (sql: Transaction) => {
      tries += 1;
      const held = performance.now() < waitsFrom ? "skip" : "wait";
      return await moveTogether(sql, moves, { held, withOthers });
    };
    return await transact(store, work, withinMs, isWorthARetry);
  };
  const alone = async (move: Move<unknown>, withinMs: number) =>
    await transact(store, (sql) => moveAlone(sql, move), withinMs);
  const most = Math.max(
    1,
    Math.min(64, Math.floor(partsInBatch / Math.max(1, registry.mostParts))),
  );
  // One batch at once: two would each be half as large, and read again what the other has just written.
  const merged = mergeCalls<Move<unknown>, unknown>({
    ...{ together, alone, most, keyOf: nameOf, sharesKeys: true },
  });
  const settle = createSettling(store);
  return async <Result>(move: Move<Result>, { withinMs = storeDeadlineMs } = {}) => {
    const endsAt = performance.now() + withinMs;
    const { of, plainly } = move;
    if (plainly && "report" in of && canSettle(of.report)) {
      const plain = { reported: of.report, deadlineMs: plainly.deadlineMs };
      const settled = await settle(plain, withinMs / 2);
      if (settled) return plainly.resultOf(settled.closedAfterMs);
    }
    const left = { withinMs: endsAt - performance.now() };
    return (await merged(move as Move<unknown>, left)) as Result;
  };
}

/** Most reports need no more than one statement: with all that may follow of a report decided first they took twice as long. */
function createSettling(store: Store) {
  const merged = mergeCalls<PlainReport, Settled | null>({
    together: (reports, withinMs) => guarded(settlePlainReports(store.sql, reports), withinMs),
    overlaps: true,
  });
  return async (plain: PlainReport, withinMs: number): Promise<Settled | null> => {
    try {
      return await merged(plain, { withinMs });
    } catch (error) {
      // Whatever came of it, what is decided under the lock fits.
      if (isAway(error) || isTransient(error)) return null;
      throw error;
    }
  };
}

/** What a batch and a move that goes alone would wait for each other for: a deletion, or a user where a report names none. */
function nameOf({ of }: Move<unknown>): string {
  if ("deletionId" in of) return of.deletionId;
  return of.report.report.deletionId ?? of.report.by.subjects[0];
}

/**
 * All moves in one transaction, in the order of their arrival. What somebody holds for long is left to go alone, and
 * so is what may have to wake another deletion: a batch never waits for a row that comes before one that it holds.
 */
export async function moveTogether(
  sql: Transaction,
  moves: readonly Move<unknown>[],
  options: { readonly held: "wait" | "skip"; readonly withOthers: boolean },
): Promise<unknown[]> {
  // Sent at once, ahead of whatever waits for a lock.
  const limiting = sql`select set_config('lock_timeout', ${`${waitTogetherMs}ms`}, true)`.execute();
  const [, batch] = await Promise.all([limiting, readBatch(sql, moves, options)]);
  const results = moves.map((move, at) => {
    const view = batch.view(at);
    const isLeftOut = options.held === "skip" && view.deletion === null && batch.idOf(at) !== null;
    return isLeftOut || view.deletion?.hasLater ? goesAlone : batch.make(at, move.decide(view));
  });
  await batch.write();
  return results;
}

/** One move in a transaction of its own, for which it waits. */
export async function moveAlone(sql: Transaction, move: Move<unknown>): Promise<unknown> {
  const batch = await readBatch(sql, [move], { held: "wait", withOthers: true });
  const view = batch.view(0);
  const decided = move.decide(view);
  const result = batch.make(0, decided);
  await batch.write();
  if (view.deletion && decided.write?.wakesLater) await wakeLaterDeletions(sql, view.deletion);
  return result;
}
