import type { Sql, Transaction } from "../database.ts";
import { cutMembers } from "../original-task/cut-members.ts";
import { authorOf, personalFields } from "../original-task/personal-fields.ts";

export interface AnonymizeOptions {
  /** How many tasks in one transaction. */
  batch: number;
  /** Days, from the request on, for which hidden data is kept. */
  keepHiddenDays: number;
  signal: AbortSignal;
  /** Told of a request that could not be worked on; it is tried again by the next run. */
  onError: (error: unknown) => void;
}

/** A row of `gdpr.takeout`: an account and the fence up to which its tasks lose their author. */
interface Request {
  uid: string;
  requestedAt: Date;
}

const mostAtOnce = 1_000;

/**
 * Works off every request that is not completed: a batch for each in turn, so that nobody waits for a
 * user who has sent a hundred thousand, until nothing moves any more.
 * @returns how many tasks were anonymised.
 */
export async function anonymizeAll(sql: Sql, options: AnonymizeOptions): Promise<number> {
  let tasks = 0;
  for (let moved = true; moved; ) {
    moved = false;
    const requests = await sql<Request[]>`
      select uid, requested_at as "requestedAt" from gdpr.takeout
       where completed_at is null order by requested_at, uid limit ${mostAtOnce}`;
    for (const request of requests) {
      if (options.signal.aborted) return tasks;
      const batch = await anonymizeBatch(sql, request, options).catch(options.onError);
      tasks += batch?.tasks ?? 0;
      if (batch?.isMore) moved = true;
    }
  }
  return tasks;
}

/**
 * One batch in one transaction: whatever kills the process, a task either still has its author, or has
 * none and the author is hidden. Another process that works on the same request is not waited for, nor
 * is somebody who holds a task's row: both are for the next run.
 */
async function anonymizeBatch(
  sql: Sql,
  { uid, requestedAt }: Request,
  { batch, keepHiddenDays }: AnonymizeOptions,
): Promise<{ tasks: number; isMore: boolean }> {
  return await sql.begin(async (tx) => {
    const [request] = await tx<{ hiddenUntil: Date }[]>`
      select requested_at + ${keepHiddenDays} * interval '1 day' as "hiddenUntil" from gdpr.takeout
       where uid = ${uid} and requested_at = ${requestedAt} and completed_at is null
         for update skip locked`;
    if (!request) return { tasks: 0, isMore: false };
    const upToFence = tx`
      original_task ->> 'uid' = ${uid} and created_at <= ${requestedAt}`;
    const tasks = await tx<{ id: string; text: string }[]>`
      select id, original_task::text as text from feedback.feedback_task
       where ${upToFence} order by id limit ${batch} for update skip locked`;
    if (tasks.length > 0) await hide(tx, tasks, request.hiddenUntil);
    const [left] = await tx<{ some: boolean }[]>`
      select exists (select from feedback.feedback_task where ${upToFence}) as some`;
    await tx`
      update gdpr.takeout set status = ${left?.some ? "in_progress" : "done"},
             completed_at = ${left?.some ? null : tx`clock_timestamp()`}
       where uid = ${uid} and requested_at = ${requestedAt}`;
    await tx`
      update gdpr.deletion set tasks = tasks + ${tasks.length}
       where requested_at = ${requestedAt} and ${uid} = any(uids)`;
    return { tasks: tasks.length, isMore: tasks.length > 0 && left?.some === true };
  });
}

async function hide(
  tx: Transaction,
  tasks: readonly { id: string; text: string }[],
  hiddenUntil: Date,
): Promise<void> {
  const cut = tasks.map(({ id, text }) => ({ id, ...cutMembers(text, personalFields) }));
  const hidden = cut.map(({ id, values }) => ({
    task_id: id,
    ...authorOf((field) => values.get(field)),
    hidden_until: hiddenUntil,
  }));
  // A task has a row already where somebody put its author back.
  const columns = Object.keys(hidden[0] ?? {});
  const renewed = columns.flatMap((name, index) => [
    ...(index > 0 ? [tx`,`] : []),
    tx`${tx(name)} = excluded.${tx(name)}`,
  ]);
  await tx`
    insert into gdpr.hidden_data ${tx(hidden)} on conflict (task_id) do update set ${renewed}`;
  await tx`
    update feedback.feedback_task as task set original_task = cut.rest::json
      from unnest(${cut.map(({ id }) => id)}::bigint[], ${cut.map(({ rest }) => rest)}::text[])
        as cut (id, rest)
     where task.id = cut.id`;
}
