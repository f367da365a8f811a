import { randomUUIDv7 } from "node:crypto";
import { TakeoutError } from "../domain/errors.ts";
import type { Part } from "../domain/part.ts";
import type { Transaction } from "../store/connect.ts";
import { findDueParts, findDueRetries, setRetryAt } from "../store/retries.ts";
import { transact } from "../store/transaction.ts";
import type { FlowContext } from "./context.ts";
import { type RetryInput, retryParts } from "./retry-parts.ts";

const batch = 100;
/** More than that in one run is left to the next. */
const mostBatches = 50;
/** When to look again at what cannot be tried now. */
const againInMs = 60 * 60 * 1000;

/**
 * Has what services kept by law tried again once its time has come: new deletions with the old fences. What a
 * newer deletion was at is left to that. While the category is open, the user held or the service not configured,
 * it is looked at again every hour, for as long as a deletion may take.
 *
 * @param signal - ends it between two deletions; the next run goes on.
 * @throws TakeoutError `unavailable`.
 * Source: contract 7 and 9.
 */
export async function retryRetained(context: FlowContext, signal?: AbortSignal): Promise<void> {
  for (let count = 0; count < mostBatches; count += 1) {
    const ids = await findDueRetries(context.store, batch);
    for (const id of ids) {
      if (signal?.aborted) return;
      await retryOne(context, id);
    }
    if (ids.length === 0) return;
  }
}

async function retryOne(context: FlowContext, deletionId: string): Promise<void> {
  const newId = randomUUIDv7();
  const about = { deletion_id: deletionId };
  try {
    const code = await transact(context.store, (tx) => tryAgain(context, tx, deletionId, newId));
    if (code === null) context.log.info(about, "what was retained is tried again");
    if (code === "snapshot_gone") {
      context.log.error({ ...about, code }, "what was retained cannot be tried again");
    }
  } catch (error) {
    if (error instanceof TakeoutError && error.code === "unavailable") throw error;
    context.log.error({ ...about, error }, "what was retained could not be tried again");
    // Nobody else must wait for it.
    await transact(context.store, async (tx) => {
      await setRetryAt(tx, deletionId, await findDueParts(tx, deletionId), againInMs);
    });
  }
}

/** Those that are due, by what is to be done about them. */
interface Due {
  readonly chosen: Part[];
  readonly later: Part[];
  readonly never: Part[];
}

/** @returns why no new deletion was started; `null`: one was. */
async function tryAgain(
  context: FlowContext,
  tx: Transaction,
  deletionId: string,
  newId: string,
): Promise<TakeoutError["code"] | null> {
  const names = await findDueParts(tx, deletionId);
  const due: Due = { chosen: [], later: [], never: [] };
  const choose: RetryInput["choose"] = (parts, newerOf) => {
    const isDue = ({ service, categoryId }: Part) =>
      names.some((name) => name.service === service && name.categoryId === categoryId);
    for (const part of parts.filter(isDue)) {
      const isConfigured = context.registry.holds(part.service, part.categoryId);
      const newer = newerOf(part);
      if (newer === "over") due.never.push(part);
      else (isConfigured && newer === null ? due.chosen : due.later).push(part);
    }
    return due.chosen;
  };
  const code = await started(
    retryParts(context, tx, { deletionId, newId, origin: "retention", choose }),
  );
  const isHopeless = code === "snapshot_gone";
  if (code !== null) (isHopeless ? due.never : due.later).push(...due.chosen);
  await setAside(context, tx, deletionId, due);
  return code;
}

/** A refusal comes before anything is written, so that the transaction can go on. */
async function started(retry: Promise<void>): Promise<TakeoutError["code"] | null> {
  try {
    await retry;
    return null;
  } catch (error) {
    if (error instanceof TakeoutError && error.code !== "unavailable") return error.code;
    throw error;
  }
}

async function setAside(
  context: FlowContext,
  tx: Transaction,
  deletionId: string,
  { later, never }: Due,
): Promise<void> {
  const now = context.clock.now();
  const isOver = ({ retainedUntil }: Part) =>
    (retainedUntil ?? 0) + context.rules.deadlineMs <= now;
  const over = later.filter(isOver);
  for (const { service, categoryId } of over) {
    const about = { deletion_id: deletionId, service, category_id: categoryId };
    context.log.error(about, "given up: what was retained could not be tried again in time");
  }
  await setRetryAt(tx, deletionId, [...never, ...over], null);
  await setRetryAt(
    tx,
    deletionId,
    later.filter((part) => !isOver(part)),
    againInMs,
  );
}
