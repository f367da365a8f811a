import { checkHubUrl, checkInteger } from "../arguments.ts";
import { createTracingClient, type TakeoutClientOptions } from "../client/client.ts";
import { systemClock } from "../clock.ts";
import { createTicketVerifier, type TicketVerifier } from "../tickets/verify.ts";
import type { Engine } from "../work/engine.ts";
import type { AskedDelete, AskedExport } from "../work/record.ts";
import type { WorkStore } from "../work/store.ts";
import { readDeleteCall, readExportCall, readStatusCall } from "./call.ts";
import { type Category, isCategory } from "./category.ts";
import { createClosing } from "./closing.ts";
import { createCollecting } from "./collecting.ts";
import { answerDelete, type CallTrace, type DeleteContext } from "./delete.ts";
import { openNames } from "./durable.ts";
import { answerExport, type ExportContext } from "./export.ts";
import type { ExportItem } from "./export-item.ts";
import { checkKeys } from "./known-keys.ts";
import { describeError, type Log, logToConsole } from "./log.ts";
import { createPairs } from "./pairs.ts";
import { problemResponse, Refusal, unavailable } from "./problem.ts";
import { createReports } from "./reports.ts";
import { admitHub, readJson, traceOf } from "./request.ts";
import { statesOf } from "./status.ts";
import { createWork } from "./work.ts";

/** What a connected service is made of. */
export interface TakeoutServiceOptions extends TakeoutClientOptions {
  /** The categories the service holds, made with `category()`. */
  categories: readonly Category[];
  /** What it exports beside what its categories do, made with `exportItem()`. Default none. */
  exports?: readonly ExportItem[];
  /**
   * As the hub's configuration has it for this service. `report` (default): the answer says that
   * the call was taken, reports say what came of it. `answer`: what is done in time is said in the
   * answer, without a report.
   */
  completion?: "report" | "answer";
  /**
   * Milliseconds a call may wait for its work and reports before it is answered 202 and the rest goes
   * on behind it. Keep it below the hub's `timeout.delete` and `timeout.export`. Default 5000.
   */
  answerWithinMs?: number;
  /**
   * Where work is kept that must survive the process: a delete call is answered 202 as soon as it is
   * safe there, runs in the background of a process that has called `start()`, and is reported until
   * the hub has it. Categories marked `inline` run within the call. An export goes there if it is too
   * large or too slow for an answer. Default: none, so that everything runs in the process that was
   * called, and a process that dies forgets it.
   */
  store?: WorkStore;
  /** Receives what happens. Default: warnings and errors as lines of JSON on stderr. */
  log?: Log;
}

/** A connected service. */
export interface TakeoutService extends AsyncDisposable {
  /**
   * Answers the hub's calls: `POST /v1/takeout/status/`, `/v1/takeout/delete/`,
   * `/v1/takeout/export/`, and `GET /health/live`; 404 for the rest. Never
   * rejects. Needs no `this`.
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Does what is in the store from now on, also what another process was at when it died. Without a
   * store nothing happens. Rejects when the store cannot be reached at all.
   */
  start(): Promise<void>;
  /**
   * Takes no more calls (503) and waits for those that came, for running work and its reports. After `withinMs`
   * milliseconds (default 10000) their signals abort; what is in the store is taken up again by the next
   * process, the rest is dropped and the hub asks again. Safe to call twice.
   */
  close(options?: { withinMs?: number }): Promise<void>;
}

const optionNames = {
  service: 1,
  signingKey: 1,
  hub: 1,
  categories: 1,
  exports: 1,
  completion: 1,
  answerWithinMs: 1,
  store: 1,
  timeoutMs: 1,
  retry: 1,
  log: 1,
  fetch: 1,
  clock: 1,
} satisfies Record<keyof TakeoutServiceOptions, 1>;

const limits = { running: 1_000, remembered: 10_000 };

/**
 * Serves the handlers every connected service has. Tickets, validation, repeats and reports are its
 * affair; what a category holds is the caller's.
 * @throws TypeError when an option is unusable, saying what to write instead.
 * Source: contract sections 7 and 13.
 */
export function createTakeoutService(options: TakeoutServiceOptions): TakeoutService {
  checkKeys(options, optionNames, "createTakeoutService");
  const { log = logToConsole, clock = systemClock } = options;
  const closing = createClosing();
  const client = createTracingClient(options);
  const reports = createReports(client, log);
  const categories = checkCategories(options.categories);
  const items = checkItems(options.exports ?? [], categories);
  const collecting = createCollecting({ itemsOf, stop: closing.stop, log });
  const work = createWork({ options, categories, collecting, client, clock, log });
  const common = {
    categories,
    answerWithinMs: checkInteger(options.answerWithinMs ?? 5_000, 0, "answerWithinMs"),
    log,
    stop: closing.stop,
  };
  const routes = createRoutes(
    {
      ...common,
      completion: checkCompletion(options.completion ?? "report"),
      pairs: createPairs(limits, clock),
      reports,
      durable: options.store && work.engine,
      clock,
      track: closing.track,
    },
    {
      ...common,
      hubUrl: checkHubUrl(options.hub),
      engine: work.engine,
      collecting,
      handsOver: !options.store,
      isClosing: closing.isClosing,
    },
  );
  const verifier = createTicketVerifier(options);
  closing.stop.addEventListener("abort", () => reports.stop(), { once: true });

  function itemsOf(asked: AskedExport): readonly ExportItem[] {
    return [...items, ...asked.categories.flatMap((id) => categories.get(id)?.exports ?? [])];
  }

  async function fetch(request: Request): Promise<Response> {
    const trace = traceOf(request);
    const answer = await closing.trackCall(
      respond(request, trace, { routes, verifier, log, closing }),
    );
    answer.headers.set("x-request-id", trace.callId);
    return answer;
  }

  async function start(): Promise<void> {
    if (closing.isClosing()) throw new Error("start: the service is closed");
    await work.start();
  }

  async function close({ withinMs = 10_000 } = {}): Promise<void> {
    closing.track(work.stop(withinMs));
    await closing.close(withinMs);
  }

  return { fetch, start, close, [Symbol.asyncDispose]: () => close() };
}

type Handler = (body: unknown, trace: CallTrace) => Promise<Response>;
type Routes = ReadonlyMap<string, Handler>;

function createRoutes(
  deletion: DeleteContext & { durable: Engine<AskedDelete> | undefined },
  exporting: ExportContext,
): Routes {
  const { categories, pairs, durable, stop, log } = deletion;
  const isDeleting = async (category: string, uids: readonly string[]) =>
    pairs.isRunning(category, uids) ||
    ((await durable?.isOpen(openNames(category, uids))) ?? false);
  return new Map<string, Handler>([
    [
      "/v1/takeout/status",
      async (body) =>
        Response.json({
          categories: await statesOf(readStatusCall(body), { categories, isDeleting, stop, log }),
        }),
    ],
    ["/v1/takeout/delete", (body, trace) => answerDelete(readDeleteCall(body), trace, deletion)],
    ["/v1/takeout/export", (body, trace) => answerExport(readExportCall(body), trace, exporting)],
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
  if (!Array.isArray(categories) || !categories.every(isCategory)) {
    throw new TypeError("categories: give a list of what category() makes");
  }
  const byId = new Map(categories.map((category) => [category.id, category]));
  if (byId.size < categories.length) throw new TypeError("categories: each id may stand only once");
  return byId;
}

/** Names of items become names of files: each may stand once in the whole service. */
function checkItems(
  items: readonly ExportItem[],
  categories: ReadonlyMap<string, Category>,
): readonly ExportItem[] {
  const all = [...items, ...[...categories.values()].flatMap((held) => held.exports ?? [])];
  if (all.some((item) => typeof item?.handle !== "function")) {
    throw new TypeError("exports: give a list of what exportItem() makes");
  }
  if (new Set(all.map(({ name }) => name)).size < all.length) {
    throw new TypeError("exports: each name may stand only once");
  }
  return items;
}

function checkCompletion(completion: string): "report" | "answer" {
  if (completion === "report" || completion === "answer") return completion;
  throw new TypeError('completion: give "report" or "answer", as the hub\'s configuration has it');
}
