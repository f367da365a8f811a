import type { JWK } from "jose";
import { checkInteger, checkName } from "../arguments.ts";
import type { SigningKey } from "../tickets/signing-key.ts";
import { CouldNotRun } from "./breach.ts";
import { isAnswer } from "./calls.ts";
import { checks } from "./checks.ts";
import { createHooks, type HookOptions } from "./hooks.ts";
import { playHub } from "./hub/played-hub.ts";
import { createServiceTickets } from "./hub/service-tickets.ts";
import { createKit, type Kit } from "./kit.ts";
import { waitForAnswer, waitUntilReady } from "./reachable.ts";
import { type CheckResult, runChecks } from "./runner.ts";
import { createTicketMaker } from "./ticket-maker.ts";

/** Whom to check, and what the kit is given for it. */
export interface ConformanceOptions extends HookOptions {
  /** Where the service is: what stands before `/v1/takeout/…`. */
  url: string;
  /** The service's name, as the hub's configuration has it. */
  service: string;
  /** The categories that it holds. */
  categories: readonly string[];
  /** Where the hub is played: a port, or `host:port`. The service has to know it as its hub. */
  listen: number | string;
  /** The hub's name in tickets. Default `takeout`. */
  hubClient?: string | undefined;
  /** The private JWK that the kit signs with. Default: a new one, which the service reads from the played hub. */
  hubKey?: SigningKey | undefined;
  /** The service's public keys: a file, a URL, or a JWKS. Without them its tickets are not checked. */
  serviceKeys?: string | { keys: readonly JWK[] } | undefined;
  /** As the hub's configuration has it for the service. Default `report`. */
  completion?: "report" | "answer" | undefined;
  /** Longest wait in milliseconds for what the service does by itself, such as a report. Default 60000. */
  patienceMs?: number | undefined;
  /** Names of checks that are left out. */
  skip?: readonly string[] | undefined;
  /** Is told, before the checks, what is being waited for, if anything. */
  onWait?: ((what: string) => void) | undefined;
  /** Is told of each check as soon as it is over. */
  onResult?: ((result: CheckResult) => void) | undefined;
}

/** What a run came to. */
export interface ConformanceReport {
  /** `could_not_run`: nothing failed, but something could not be checked. */
  verdict: "conforms" | "does_not_conform" | "could_not_run";
  service: string;
  url: string;
  startedAt: Date;
  durationMs: number;
  results: readonly CheckResult[];
}

/**
 * Plays the hub against a running service and checks its behaviour. Takes up to a minute or two;
 * every wait is bounded.
 * @throws TypeError when an option is unusable.
 * @throws CouldNotRun when nothing could be checked at all: no service there, the port is taken.
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const parts = checkOptions(options);
  const tickets = await createTicketMaker({ ...parts, hubKey: options.hubKey });
  const serviceTickets = await createServiceTickets({
    ...parts,
    serviceKeys: options.serviceKeys,
  });
  const hub = await playHub({ ...parts, jwks: tickets.jwks, serviceTickets });
  try {
    const hooks = createHooks(options);
    const hasServiceKeys = options.serviceKeys !== undefined;
    const kit = createKit({ ...parts, hub, tickets, hooks, hasServiceKeys });
    return await run(kit, parts, options);
  } finally {
    await hub.close();
  }
}

const isThereWithinMs = 10_000;

type Parts = ReturnType<typeof checkOptions>;

async function run(
  kit: Kit,
  { url, skip }: Parts,
  { onResult = () => {}, onWait = () => {} }: ConformanceOptions,
): Promise<ConformanceReport> {
  const startedAt = new Date();
  const start = performance.now();
  const answer = await waitForAnswer(kit, isThereWithinMs);
  if (!answer) throw new CouldNotRun(`nothing answers at ${url}`);
  if (isAnswer(answer, 401, 503)) {
    onWait(
      "the service does not take the hub's ticket yet, and may read the keys again within 35 s",
    );
    await waitUntilReady(kit);
  }
  const results = await runChecks(checks, kit, { skip, onResult });
  return {
    verdict: verdictOf(results),
    service: kit.service,
    url,
    startedAt,
    durationMs: Math.round(performance.now() - start),
    results,
  };
}

function verdictOf(results: readonly CheckResult[]): ConformanceReport["verdict"] {
  if (results.some(({ outcome }) => outcome === "failed")) return "does_not_conform";
  const isOpen = results.some(({ outcome }) => /^(could_not_run|not_judged)$/.test(outcome));
  return isOpen ? "could_not_run" : "conforms";
}

function checkOptions(options: ConformanceOptions) {
  const { categories, completion = "report", skip = [] } = options;
  if (!Array.isArray(categories) || categories.length === 0 || categories.length > 99) {
    throw new TypeError("categories: give the ids of the categories that the service holds");
  }
  if (!["report", "answer"].includes(completion)) {
    throw new TypeError('completion: give "report" or "answer"');
  }
  const names = new Set(checks.map(({ name }) => name));
  const unknown = skip.filter((name) => !names.has(name));
  if (unknown.length > 0) {
    throw new TypeError(`skip: there is no check ${unknown.map((n) => `"${n}"`).join(", ")}`);
  }
  return {
    url: checkUrl(options.url),
    service: checkName(options.service, "service"),
    categories: [...new Set(categories.map((id) => checkName(id, "categories")))],
    hubClient: checkName(options.hubClient ?? "takeout", "hubClient"),
    patienceMs: checkInteger(options.patienceMs ?? 60_000, 1_000, "patienceMs"),
    completion,
    skip: new Set(skip),
    ...checkListen(options.listen),
  };
}

function checkUrl(text: string): string {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new TypeError('url: give where the service is, for example "http://127.0.0.1:4101"');
  }
  return url.href.replace(/\/+$/, "");
}

function checkListen(listen: number | string): { host: string; port: number } {
  const [, host = "127.0.0.1", digits] = /^(?:(.+):)?(\d{1,5})$/.exec(String(listen)) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (port > 0 && port < 65_536) return { host: host.replace(/^\[|\]$/g, ""), port };
  throw new TypeError("listen: give the port where the hub is to be played");
}
