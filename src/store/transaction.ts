import { setTimeout as pause } from "node:timers/promises";
import { findOutage, findTrouble } from "../domain/database-error.ts";
import { TakeoutError } from "../domain/errors.ts";
import type { Store, Transaction } from "./connect.ts";

/** How long a caller waits for the ledger before it is told that it is not there, in ms. */
export const storeDeadlineMs = 2_500;
const firstPauseMs = 20;
const longestPauseMs = 500;

/**
 * Runs a transaction, and again while the database is away and the deadline has not passed: whoever calls
 * this must be safe to run twice, because a COMMIT may have been done without an answer. What is given up is
 * rolled back where it can be: a late claim or record that nobody waits for would only be in the way.
 *
 * @param isWorthARetry - after which errors it is run again; by default after all that may pass.
 * @throws TakeoutError `unavailable` when the database is away or too slow.
 */
export async function transact<T>(
  store: Store,
  work: (tx: Transaction) => Promise<T>,
  deadlineMs: number = storeDeadlineMs,
  isWorthARetry: (error: unknown) => boolean = isTransient,
): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  const inTime = () => {
    if (performance.now() > endsAt) throw unavailable();
  };
  const attempt = async (pauseMs: number): Promise<T> => {
    try {
      return (await store.sql.begin(async (tx) => {
        inTime();
        const result = await work(tx);
        inTime();
        return result;
      })) as T;
    } catch (error) {
      if (!isWorthARetry(error) || performance.now() + pauseMs > endsAt) throw error;
      await pause(pauseMs * (0.5 + Math.random() / 2));
      return await attempt(Math.min(pauseMs * 2, longestPauseMs));
    }
  };
  return await guarded(attempt(firstPauseMs), deadlineMs);
}

/**
 * Whether a transaction was committed whose COMMIT was not answered. To be asked by another one, which holds a lock that
 * the first held too: so it has come to its end.
 *
 * @param id - what `pg_current_xact_id()` was in it.
 */
export async function isCommitted(sql: Transaction, id: string): Promise<boolean> {
  // A server that was put in the place of one that broke may not have come that far: there is nothing of it then.
  const [row] = await sql<[{ is_committed: boolean | null }]>`
    select case when ${id}::xid8 < pg_current_xact_id()
                then pg_xact_status(${id}::xid8) = 'committed' end as is_committed`;
  return row.is_committed === true;
}

/**
 * Waits for a single statement within the deadline.
 *
 * @throws TakeoutError `unavailable` when the database is away or too slow.
 */
export async function guarded<T>(
  statement: PromiseLike<T>,
  deadlineMs: number = storeDeadlineMs,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(unavailable()), deadlineMs);
  try {
    return (await Promise.race([statement, late])) as T;
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw unavailable(error);
  } finally {
    clearTimeout(timer);
  }
}

/** What a caller is told when the database is away or too slow; `cause` itself where it says that already. */
export function unavailable(cause?: unknown): TakeoutError {
  if (cause instanceof TakeoutError) return cause;
  return new TakeoutError("unavailable", { retryAfterSeconds: 1, cause });
}

/** Whether the same statement may succeed a moment later: a lost connection, a timeout, a deadlock. */
export function isTransient(error: unknown): boolean {
  return isOutOfReach(error) || isContention(error);
}

/** Whether somebody else is in the way. */
export function isContention(error: unknown): boolean {
  return findTrouble(error, "contention") !== undefined;
}

/** Whether the database could not be reached, or did not answer in time: whatever is asked, it would say the same. */
export function isAway(error: unknown): boolean {
  if (isContention(error)) return false;
  const isTooLate = error instanceof TakeoutError && error.code === "unavailable";
  return isTooLate || isOutOfReach(error);
}

function isOutOfReach(error: unknown): boolean {
  return findOutage(error) !== undefined;
}
