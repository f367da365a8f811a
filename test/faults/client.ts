import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Dice } from "../support/random.ts";
import type { TestClient } from "../support/tickets.ts";
import { type ClientEntry, type Log, logFiles, openLog } from "./logs.ts";
import { openLooks } from "./looks.ts";

/** How a portal loads the hub: one new user for each deletion, and some that come back. */
export interface Load {
  readonly deletions: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** New deletions a second at most; without it as fast as they are accepted. */
  readonly perSecond?: number;
  /** Nothing new is asked for while more deletions than that are open. */
  readonly openAtMost?: number;
  readonly categories: readonly string[];
}

export interface LoadOptions {
  readonly portal: TestClient;
  readonly urls: readonly string[];
  readonly dice: Dice;
  readonly folder: string;
  readonly progress: LoadProgress;
  readonly stopping: AbortSignal;
  /** How many deletions are open now; `null`: nobody knows. */
  readonly countOpen: () => Promise<number | null>;
}

/** Written by the load while it runs, read by whoever watches. */
export interface LoadProgress {
  /** Requests that were answered ok, repeats not counted. */
  ok: number;
  /** Answered with a refusal that is final. */
  failed: number;
  /** Tries whose outcome was open. */
  unknown: number;
  /** Never answered for certain. */
  givenUp: number;
}

/** All users' uids begin so; nothing else does, and so it can be searched for. */
export const uidBeginning = "7305519482660173948";

export function listUids(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${uidBeginning}${1_000_000 + at}`);
}

const repeatChance = 0.05;
const comeBackChance = 0.05;
/** Of looking at the status of a user who has asked. */
const lookChance = 0.1;
const triesAtMost = 200;
const longestPauseMs = 500;
const answerWithinMs = 15_000;

export async function runLoad(load: Load, options: LoadOptions): Promise<void> {
  const { dice, stopping } = options;
  using log = openLog<ClientEntry>(join(options.folder, logFiles.client));
  const agent = new Agent({ connections: load.concurrency });
  using looks = openLooks({
    ...options,
    agent,
    serviceTicket: () => serviceTicket(options.portal),
  });
  const uids = listUids(load.deletions);
  const beganAt = performance.now();
  let next = 0;
  using gate = holdBack(load, options);
  const portal = async () => {
    while (next < uids.length && !stopping.aborted) {
      const at = next++;
      const uid = uids[at] ?? "";
      await keepPace(load, at, beganAt, stopping);
      await gate.pass();
      await ask(uid, `request-${uid}`);
      if (dice.chance(repeatChance)) await ask(uid, `request-${uid}`);
      const earlier = uids[dice.below(at + 1)] ?? uid;
      if (dice.chance(comeBackChance)) await ask(earlier, `again-${at}`);
      if (dice.chance(lookChance)) await looks.look(dice.chance(0.5) ? uid : earlier);
    }
  };
  const ask = (uid: string, requestId: string) =>
    askUntilSure({ uid, requestId, categories: [...load.categories] }, { ...options, log, agent });
  try {
    await Promise.all(Array.from({ length: load.concurrency }, portal));
  } finally {
    await agent.destroy();
  }
}

async function keepPace(load: Load, at: number, beganAt: number, stopping: AbortSignal) {
  if (load.perSecond === undefined) return;
  const waitMs = beganAt + (1_000 * at) / load.perSecond - performance.now();
  if (waitMs > 0) await pause(waitMs, null, { signal: stopping }).catch(() => {});
}

const lookEveryMs = 300;

/** A gate that is shut while too much is open; opens at the end for all who wait. */
function holdBack({ openAtMost }: Load, { countOpen, stopping }: LoadOptions) {
  let isShut = false;
  const look = async () => {
    const open = await countOpen();
    isShut = open !== null && openAtMost !== undefined && open > openAtMost;
  };
  const timer = openAtMost === undefined ? undefined : setInterval(() => void look(), lookEveryMs);
  return {
    async pass() {
      while (isShut && !stopping.aborted) await pause(lookEveryMs / 3);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

interface Wish {
  readonly uid: string;
  readonly requestId: string;
  readonly categories: string[];
}

type Sender = LoadOptions & { readonly log: Log<ClientEntry>; readonly agent: Agent };

/** Repeats with the same `request_id`, at another process, while the outcome is open. */
async function askUntilSure(wish: Wish, sender: Sender): Promise<void> {
  const { progress, urls, log, dice } = sender;
  const first = dice.below(urls.length);
  for (let tries = 0; tries < triesAtMost; tries += 1) {
    const invokedAt = Date.now();
    const url = urls[(first + tries) % urls.length] ?? "";
    const answer = await post(url, wish, sender).catch(toError);
    const status = typeof answer === "number" ? answer : null;
    const result = judge(status);
    const error = typeof answer === "string" ? { error: answer } : {};
    log.write({ ...wish, invokedAt, endedAt: Date.now(), result, status, ...error });
    progress[result === "fail" ? "failed" : result] += 1;
    if (result !== "unknown") return;
    await pause(Math.min(20 * 2 ** tries, longestPauseMs) * (0.5 + Math.random() / 2));
  }
  progress.givenUp += 1;
}

/** Undici names a connection that was closed under a request by a code of its own. */
function toError(error: unknown): string {
  return String((error as { code?: unknown }).code ?? (error as Error).name);
}

function judge(status: number | null): ClientEntry["result"] {
  if (status === 200) return "ok";
  return status !== null && status < 500 ? "fail" : "unknown";
}

async function post(url: string, wish: Wish, { agent, portal }: Sender): Promise<number> {
  const query = `request_id=${encodeURIComponent(wish.requestId)}`;
  const response = await request(`${url}/1/takeout/delete/?${query}`, {
    dispatcher: agent,
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-ya-service-ticket": await serviceTicket(portal),
      "x-ya-user-ticket": await portal.userTicket(wish.uid),
    },
    body: JSON.stringify({ id: wish.categories }),
    signal: AbortSignal.timeout(answerWithinMs),
  });
  await response.body.dump();
  return response.statusCode;
}

const serviceTickets = new WeakMap<TestClient, Promise<string>>();

/** Good for an hour, which no scenario lasts. */
function serviceTicket(portal: TestClient): Promise<string> {
  const ticket = serviceTickets.get(portal) ?? portal.serviceTicket();
  serviceTickets.set(portal, ticket);
  return ticket;
}
