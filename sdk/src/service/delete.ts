import type { TraceHeaders } from "../client/report.ts";
import type { Clock } from "../clock.ts";
import { startTimer } from "../deadline.ts";
import type { Engine } from "../work/engine.ts";
import type { AskedDelete } from "../work/record.ts";
import type { DeleteCall } from "./call.ts";
import type { Category } from "./category.ts";
import { commonAnswer, commonDenial } from "./delete-answer.ts";
import { describeError, type Log } from "./log.ts";
import type { Finished, Pairs, Result } from "./pairs.ts";
import { unavailable } from "./problem.ts";
import { type Reports, reportOf } from "./reports.ts";
import { runDelete } from "./run.ts";

/** What a deletion needs of the service around it. */
export interface DeleteContext {
  categories: ReadonlyMap<string, Category>;
  completion: "report" | "answer";
  answerWithinMs: number;
  pairs: Pairs;
  reports: Reports;
  /** Keeps and does what must survive the process, where there is a store. */
  durable: Pick<Engine<AskedDelete>, "accept"> | undefined;
  clock: Clock;
  log: Log;
  /** Aborts when the service stops and has waited long enough. */
  stop: AbortSignal;
  /** Keeps the service from closing before the work settles. */
  track(work: Promise<unknown>): void;
}

/** Who called, and what ties a report to the call. */
export interface CallTrace {
  callId: string;
  headers: TraceHeaders;
}

/**
 * Runs each named category once and sees to it that each is reported: by this answer or by a
 * report. What is not done in `answerWithinMs` goes on after the answer. What is left to the store is
 * answered as soon as it is safe there.
 * @throws Refusal `unavailable` when too much is under way, or the store fails; nothing that was not
 *   kept was started then.
 * Source: contract section 7.
 */
export async function answerDelete(
  call: DeleteCall,
  trace: CallTrace,
  context: DeleteContext,
): Promise<Response> {
  const { pairs, reports, completion } = context;
  const isDurable = (id: string) => context.durable && context.categories.get(id)?.inline === false;
  const inline = call.categories.filter((id) => !isDurable(id));
  pairs.admit(inline.length);
  reports.admit(inline.length);
  const isKept = await keep(call.categories.filter(isDurable), call, trace, context);

  const runs = inline.map((id) => ({ id, finished: start(id, call, context) }));
  // An answer speaks for every category of the call: not where some are yet to be done.
  const mayAnswer = completion === "answer" && !isKept;
  const answer = mayAnswer && (await answerWhenDone(runs, trace.callId, context));
  if (answer) return answer;

  const sent = runs.map((run) => reportWhenDone(run, call, trace.headers, context));
  context.track(Promise.all(sent));
  // In answer mode only 202 promises a report.
  const isReport = completion === "report" && !isKept;
  return isReport ? acceptWhenSent(sent, trace, context) : accepted(202);
}

/** @returns whether anything was to be kept. */
async function keep(
  categories: readonly string[],
  call: DeleteCall,
  trace: CallTrace,
  { durable, log }: DeleteContext,
): Promise<boolean> {
  if (!durable || categories.length === 0) return false;
  const { user, deletionId, attempt, reportUid, requestId } = call;
  const before = call.before.toISOString();
  const common = { user, deletionId, attempt, reportUid, requestId, before, trace: trace.headers };
  try {
    await durable.accept(
      categories.map((category) => ({ kind: "delete", category, ...common }) as const),
    );
    return true;
  } catch (error) {
    log({ level: "error", event: "store_failed", error: describeError(error) });
    throw unavailable("unavailable");
  }
}

interface Run {
  id: string;
  finished: Promise<Finished<Result>>;
}

interface Sent {
  finished: Finished<Result>;
  acknowledged: boolean;
}

function start(id: string, call: DeleteCall, context: DeleteContext): Promise<Finished<Result>> {
  const held = context.categories.get(id);
  if (!held) {
    const result = { kind: "nothing_found" } as const;
    return Promise.resolve({
      result,
      before: call.before,
      completedAt: new Date(context.clock.now()),
    });
  }
  const work = (before: Date) => runDelete(held, { ...call, before }, context);
  const { uids } = call.user;
  const run = { key: keyOf(call, id), category: id, uids, before: call.before, work };
  const finished = context.pairs.join(run);
  context.track(finished);
  return finished;
}

/** S3's synchronous services: the answer itself says what became of the data. */
async function answerWhenDone(
  runs: readonly Run[],
  callId: string,
  { answerWithinMs }: DeleteContext,
): Promise<Response | undefined> {
  const finished = runs.map((run) => run.finished);
  const all = await allWithin(answerWithinMs, finished);
  return (
    all &&
    commonAnswer(
      all.map(({ result }) => result),
      callId,
    )
  );
}

async function reportWhenDone(
  run: Run,
  call: DeleteCall,
  trace: TraceHeaders,
  { reports }: DeleteContext,
): Promise<Sent> {
  const finished = await run.finished;
  const { result } = finished;
  if (result.kind === "accepted") return { finished, acknowledged: false };
  const body = reportOf({ ...call, category: run.id }, { ...finished, result });
  const acknowledged = await reports.send({ key: keyOf(call, run.id), body, trace });
  return { finished, acknowledged };
}

async function acceptWhenSent(
  sent: readonly Promise<Sent>[],
  { callId }: CallTrace,
  { answerWithinMs }: DeleteContext,
): Promise<Response> {
  const all = await allWithin(answerWithinMs, sent);
  if (!all) return accepted(202);
  const denial = commonDenial(
    all.map(({ finished }) => finished.result),
    callId,
  );
  return denial ?? accepted(all.every(({ acknowledged }) => acknowledged) ? 200 : 202);
}

async function allWithin<T>(ms: number, all: readonly Promise<T>[]): Promise<T[] | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = startTimer(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([Promise.all(all), late]);
  } finally {
    clearTimeout(timer);
  }
}

function accepted(status: 200 | 202): Response {
  return Response.json({}, { status });
}

function keyOf({ deletionId }: DeleteCall, category: string): string {
  return `${deletionId}\n${category}`;
}
