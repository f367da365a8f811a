import type { TraceHeaders } from "../client/report.ts";
import type { DeleteCall } from "./call.ts";
import type { Category } from "./category.ts";
import { commonAnswer, commonDenial } from "./delete-answer.ts";
import type { Log } from "./log.ts";
import type { Finished, Pairs } from "./pairs.ts";
import { type Reports, reportOf } from "./reports.ts";
import { runDelete } from "./run.ts";

/** What a deletion needs of the service around it. */
export interface DeleteContext {
  categories: ReadonlyMap<string, Category>;
  completion: "report" | "answer";
  answerWithinMs: number;
  pairs: Pairs;
  reports: Reports;
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
 * report. What is not done in `answerWithinMs` goes on after the answer.
 * @throws Refusal `unavailable` when too much is under way; nothing was started then.
 * Source: contract section 7.
 */
export async function answerDelete(
  call: DeleteCall,
  trace: CallTrace,
  context: DeleteContext,
): Promise<Response> {
  context.pairs.admit(call.categories.length);
  const runs = call.categories.map((id) => ({ id, finished: start(id, call, context) }));
  const answer =
    context.completion === "answer" && (await answerWhenDone(runs, trace.callId, context));
  if (answer) return answer;

  const sent = runs.map((run) => reportWhenDone(run, call, trace.headers, context));
  context.track(Promise.all(sent));
  // In answer mode only 202 promises a report.
  return context.completion === "answer" ? accepted(202) : acceptWhenSent(sent, trace, context);
}

interface Run {
  id: string;
  finished: Promise<Finished>;
}

interface Sent {
  finished: Finished;
  acknowledged: boolean;
}

function start(id: string, call: DeleteCall, context: DeleteContext): Promise<Finished> {
  const held = context.categories.get(id);
  if (!held) {
    const result = { kind: "nothing_found" } as const;
    return Promise.resolve({ result, before: call.before, completedAt: new Date() });
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
  const body = reportOf({ ...call, category: run.id }, finished);
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
    timer = setTimeout(resolve, ms, undefined);
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
