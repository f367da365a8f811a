import { checkInteger } from "../arguments.ts";
import {
  createTracingClient,
  type TakeoutClientOptions,
  type TracingClient,
} from "../client/client.ts";
import { retryPolicyOf } from "../client/retry.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createTicketVerifier, type TicketVerifier } from "../tickets/verify.ts";
import { createEngine, type Engine } from "../work/engine.ts";
import type { AskedDelete } from "../work/record.ts";
import type { WorkRunner, WorkStore } from "../work/store.ts";
import { checkExportCall, readDeleteCall, readStatusCall } from "./call.ts";
import type { Category } from "./category.ts";
import { createClosing } from "./closing.ts";
import { answerDelete, type CallTrace, type DeleteContext } from "./delete.ts";
import { createDeleteWork, openNames } from "./durable.ts";
import { describeError, type Log, logToConsole } from "./log.ts";
import { createPairs } from "./pairs.ts";
import { problemResponse, Refusal, unavailable } from "./problem.ts";
import { createReports } from "./reports.ts";
import { admitHub, readJson, traceOf } from "./request.ts";
import { statesOf } from "./status.ts";

/** What a connected service is made of. */
export interface TakeoutServiceOptions extends TakeoutClientOptions {
  /** The categories the service holds, made with `category()`. */
  categories: readonly Category[];
  /**
   * As the hub's configuration has it for this service. `report` (default): the answer says that
   * the call was taken, reports say what came of it. `answer`: what is done in time is said in the
   * answer, without a report.
   */
  completion?: "report" | "answer";
  /**
   * Milliseconds a delete call may wait for its work and reports before it is answered 202 and the
   * rest goes on behind it. Keep it below the hub's `timeout.delete`. Default 5000.
   */
  answerWithinMs?: number;
  /**
   * Where deletions are kept that must survive the process: each call is answered 202 as soon as it
   * is safe there, runs in the background of a process that has called `start()`, and is reported
   * until the hub has it. Categories marked `inline` run within the call. Default: none, so that
   * everything runs in the process that was called, and a process that dies forgets it.
   */
  store?: WorkStore;
  /** Receives what happens. Default: warnings and errors as lines of JSON on stderr. */
  log?: Log;
}

/** A connected service. */
export interface TakeoutService extends AsyncDisposable {
  /**
   * Answers the hub's calls: `POST /v1/takeout/status/`, `/v1/takeout/delete/`,
   * `/v1/takeout/export/` (nothing to export), and `GET /health/live`; 404 for the rest. Never
   * rejects. Needs no `this`.
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Does what is in the store from now on, also what another process was at when it died. Without a
   * store nothing happens. Rejects when the store cannot be reached at all.
   */
  start(): Promise<void>;
  /**
   * Takes no more calls (503) and waits for running work and its reports. After `withinMs`
   * milliseconds (default 10000) their signals abort; what is in the store is taken up again by the next
   * process, the rest is dropped and the hub asks again. Safe to call twice.
   */
  close(options?: { withinMs?: number }): Promise<void>;
}

const limits = { running: 1_000, remembered: 10_000 };

/**
 * Serves the handlers every connected service has. Tickets, validation, repeats and reports are its
 * affair; what a category holds is the caller's.
 * @throws TypeError when an option is unusable, saying what to write instead.
 * Source: contract sections 7 and 13.
 */
export function createTakeoutService(options: TakeoutServiceOptions): TakeoutService {
  const { store, log = logToConsole, clock = systemClock } = options;
  const closing = createClosing();
  const client = createTracingClient(options);
  const reports = createReports(client, log);
  const categories = checkCategories(options.categories);
  const engine = store && createDurable({ store, options, categories, client, clock, log });
  const routes = createRoutes({
    categories,
    completion: checkCompletion(options.completion ?? "report"),
    answerWithinMs: checkInteger(options.answerWithinMs ?? 5_000, 0, "answerWithinMs"),
    pairs: createPairs(limits, clock),
    reports,
    durable: engine,
    clock,
    log,
    stop: closing.stop,
    track: closing.track,
  });
  const verifier = createTicketVerifier(options);
  closing.stop.addEventListener("abort", () => reports.stop(), { once: true });
  let runner: Promise<WorkRunner> | undefined;

  async function fetch(request: Request): Promise<Response> {
    const trace = traceOf(request);
    const answer = await respond(request, trace, { routes, verifier, log, closing });
    answer.headers.set("x-request-id", trace.callId);
    return answer;
  }

  async function start(): Promise<void> {
    if (closing.isClosing()) throw new Error("start: the service is closed");
    runner ??= engine?.start();
    await runner;
  }

  async function close({ withinMs = 10_000 } = {}): Promise<void> {
    const work = runner?.then(
      (running) => running.stop(withinMs),
      () => {},
    );
    runner = undefined;
    if (work) closing.track(work);
    await closing.close(withinMs);
  }

  return { fetch, start, close, [Symbol.asyncDispose]: () => close() };
}

function createDurable(context: {
  store: WorkStore;
  options: TakeoutServiceOptions;
  categories: ReadonlyMap<string, Category>;
  client: TracingClient;
  clock: Clock;
  log: Log;
}): Engine<AskedDelete> {
  const { store, options, clock, log } = context;
  return createEngine({
    store,
    kind: createDeleteWork(context),
    policy: retryPolicyOf(options.retry),
    clock,
    onError: (error) => log({ level: "error", event: "store_failed", error: describeError(error) }),
  });
}

type Handler = (body: unknown, trace: CallTrace) => Promise<Response>;
type Routes = ReadonlyMap<string, Handler>;

function createRoutes(
  context: DeleteContext & { durable: Engine<AskedDelete> | undefined },
): Routes {
  const { categories, pairs, durable, stop } = context;
  const isDeleting = async (category: string, uids: readonly string[]) =>
    pairs.isRunning(category, uids) ||
    ((await durable?.isOpen(openNames(category, uids))) ?? false);
  return new Map<string, Handler>([
    [
      "/v1/takeout/status",
      async (body) =>
        Response.json({
          categories: await statesOf(readStatusCall(body), { categories, isDeleting, stop }),
        }),
    ],
    ["/v1/takeout/delete", (body, trace) => answerDelete(readDeleteCall(body), trace, context)],
    [
      "/v1/takeout/export",
      async (body) => {
        checkExportCall(body);
        return Response.json({ status: "no_data" });
      },
    ],
  ]);
}

interface Gate {
  routes: Routes;
  verifier: TicketVerifier;
  log: Log;
  closing: { isClosing(): boolean };
}

async function respond(request: Request, trace: CallTrace, gate: Gate): Promise<Response> {
  try {
    const path = new URL(request.url).pathname.replace(/(?<=.)\/$/, "");
    if (path === "/health/live") return answerHealth(request);
    const handler = gate.routes.get(path);
    if (!handler) throw new Refusal("not_found");
    allowOnly(request, ["POST"]);
    if (gate.closing.isClosing()) throw unavailable("unavailable");
    await admitHub(request, gate.verifier, gate.log);
    return await handler(await readJson(request), trace);
  } catch (error) {
    if (error instanceof Refusal) return problemResponse(error, trace.callId);
    gate.log({ level: "error", event: "call_failed", error: describeError(error) });
    return problemResponse(new Refusal("internal_error"), trace.callId);
  }
}

function answerHealth(request: Request): Response {
  allowOnly(request, ["GET", "HEAD"]);
  return Response.json({ status: "ok" });
}

function allowOnly(request: Request, methods: readonly string[]): void {
  if (methods.includes(request.method)) return;
  throw new Refusal("method_not_allowed", { headers: { allow: methods.join(", ") } });
}

function checkCategories(categories: readonly Category[]): ReadonlyMap<string, Category> {
  if (!Array.isArray(categories)) {
    throw new TypeError("categories: give a list of what category() makes");
  }
  const byId = new Map(categories.map((category) => [category.id, category]));
  if (byId.size < categories.length) throw new TypeError("categories: each id may stand only once");
  return byId;
}

function checkCompletion(completion: string): "report" | "answer" {
  if (completion === "report" || completion === "answer") return completion;
  throw new TypeError('completion: give "report" or "answer", as the hub\'s configuration has it');
}
