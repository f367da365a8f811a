import { TakeoutError } from "../domain/errors.ts";
import type { Part } from "../domain/part.ts";
import type { Transaction } from "../store/connect.ts";
import { newId as makeId } from "../store/ids.ts";
import { type DuePart, findDueParts, findDueRetries, setRetryAt } from "../store/retries.ts";
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
 * newer deletion was at is left to that. While the category is open or held, or the service not configured, it is
 * looked at again every hour, for as long as a deletion may take; other categories do not wait for it.
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
  const about = { deletion_id: deletionId };
  try {
    const code = await transact(context.store, (tx) => tryAgain(context, tx, deletionId));
    if (code === null) context.log.info(about, "what was retained is tried again");
    if (code === "snapshot_gone") {
      context.log.error({ ...about, code }, "what was retained cannot be tried again");
    }
  } catch (error) {
    if (error instanceof TakeoutError && error.code === "unavailable") throw error;
    context.log.error({ ...about, error }, "what was retained could not be tried again");
    // Nobody else must wait for it.
    await transact(context.store, async (tx) => {
      const later = await findDueParts(tx, deletionId);
      await setAside(context, tx, deletionId, { later, never: [] });
    });
  }
}

type Code = TakeoutError["code"];

/** Refusals of which one category may be the reason; the others are tried without it. */
const ofOneCategory: ReadonlySet<Code | null> = new Set<Code>(["category_open", "delete_denied"]);

/** @returns why no new deletion was started; `null`: one was. */
async function tryAgain(
  context: FlowContext,
  tx: Transaction,
  deletionId: string,
): Promise<Code | null> {
  const names = await findDueParts(tx, deletionId);
  const together = await tryThese(context, tx, deletionId, names);
  const categories = Map.groupBy(names, ({ categoryId }) => categoryId);
  const tries: Tried[] = [];
  if (categories.size > 1 && ofOneCategory.has(together.code)) {
    for (const own of categories.values()) {
      tries.push(await tryThese(context, tx, deletionId, own));
    }
  } else tries.push(together);
  const later = tries.flatMap((tried) => tried.later);
  const never = tries.flatMap((tried) => tried.never);
  await setAside(context, tx, deletionId, { later, never });
  return tries.some(({ code }) => code === null) ? null : together.code;
}

/** What came of a try: why no new deletion was started, and what is to be done about the rest. */
interface Tried {
  readonly code: Code | null;
  readonly later: readonly Part[];
  readonly never: readonly Part[];
}

async function tryThese(
  context: FlowContext,
  tx: Transaction,
  deletionId: string,
  names: readonly DuePart[],
): Promise<Tried> {
  const chosen: Part[] = [];
  const later: Part[] = [];
  const never: Part[] = [];
  const choose: RetryInput["choose"] = (parts, newerOf) => {
    const isDue = ({ service, categoryId }: Part) =>
      names.some((name) => name.service === service && name.categoryId === categoryId);
    for (const part of parts.filter(isDue)) {
      const isConfigured = context.registry.holds(part.service, part.categoryId);
      const newer = newerOf(part);
      if (newer === "over") never.push(part);
      else (isConfigured && newer === null ? chosen : later).push(part);
    }
    return chosen;
  };
  // A second run needs no id of the first: what that took up is not due any more.
  const newId = makeId(context.clock);
  const code = await started(
    retryParts(context, tx, { deletionId, newId, origin: "retention", choose }),
  );
  const isHopeless = code === "snapshot_gone";
  if (code !== null) (isHopeless ? never : later).push(...chosen);
  return { code, later, never };
}

/** A refusal comes before anything is written, so that the transaction can go on. */
async function started(retry: Promise<void>): Promise<Code | null> {
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
  { later, never }: { readonly later: readonly DuePart[]; readonly never: readonly DuePart[] },
): Promise<void> {
  const now = context.clock.now();
  const isOver = ({ retainedUntil }: DuePart) =>
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
