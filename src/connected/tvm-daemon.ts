import { parseExactly } from "../domain/exact-json.ts";
import { type BoundedGet, createBoundedGet, type GetReply } from "./bounded-get.ts";

/** What the daemon says of a ticket. Numbers stand in `body` as the digits in which they came. */
export type TvmCheck =
  | { readonly kind: "good"; readonly body: unknown }
  /** `error` is the daemon's own words, to be understood and not repeated. */
  | { readonly kind: "bad"; readonly error: string }
  | { readonly kind: "unavailable" };

/** A ticket of the hub's own, or why there is none. */
export type TvmTicket =
  | { readonly kind: "ok"; readonly ticket: string; readonly bornAtMs: number | null }
  | { readonly kind: "unavailable" };

/** The daemon that has the keys and the secrets, on this machine. Source: contract, section 3. */
export interface TvmDaemon {
  checkService(ticket: string): Promise<TvmCheck>;
  checkUser(ticket: string): Promise<TvmCheck>;
  /** @param destination - the id of whom the ticket is for. */
  ticketFor(destination: string): Promise<TvmTicket>;
  close(): Promise<void>;
}

export interface TvmDaemonOptions {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly token: string;
  /** The hub's own id. */
  readonly self: string;
  readonly log: DaemonLog;
  /** For one question, in ms; 1,000 by default. */
  readonly timeoutMs?: number;
}

export interface DaemonLog {
  info(fields: { readonly code?: string }, message: string): void;
  warn(fields: { readonly code?: string }, message: string): void;
}

// A question waits at most its time for a free connection, so what waits is bounded by what comes in that time.
const connections = 64;
const maxBytes = 64 * 1024;

/** Asks the daemon over HTTP. It never throws; the log says once why the daemon cannot be asked, and when it can again. */
export function createTvmDaemon(options: TvmDaemonOptions): TvmDaemon {
  const { url, token, self, timeoutMs = 1_000 } = options;
  const http = createBoundedGet({ timeoutMs, maxBytes, connections });
  const outages = watchOutages(options.log);
  const ask = async <T extends { readonly kind: string }>(
    path: string,
    headers: Record<string, string>,
    understand: (reply: GetReply) => T,
  ): Promise<T> => {
    const found = understand(
      await getTwice(http, `${url}/tvm/${path}`, { authorization: token, ...headers }),
    );
    outages.saw(path, isFailed(found) ? found.code : null);
    return found;
  };
  const check = async (path: string, header: string, ticket: string): Promise<TvmCheck> => {
    const found = await ask(path, { [header]: ticket }, judge);
    return found.kind === "failed" ? { kind: "unavailable" } : found;
  };
  return {
    checkService: (ticket) => check(`checksrv?dst=${self}`, "x-ya-service-ticket", ticket),
    checkUser: (ticket) => check("checkusr", "x-ya-user-ticket", ticket),
    async ticketFor(destination) {
      const path = `tickets?src=${self}&dsts=${destination}`;
      const found = await ask(path, {}, (reply) => judgeTicket(reply, destination));
      return found.kind === "failed" ? { kind: "unavailable" } : found;
    },
    close: () => http.close(),
  };
}

/** A connection that lay idle may be gone when it is needed, and the daemon may just be starting anew. */
async function getTwice(
  http: BoundedGet,
  url: string,
  headers: Record<string, string>,
): Promise<GetReply> {
  const call = { url, headers, readBody: (status: number) => status === 200 || status === 403 };
  const reply = await http.get(call);
  const isWorthAnother = reply.kind === "no_answer" && reply.code !== "timeout";
  return isWorthAnother ? await http.get(call) : reply;
}

/** The daemon is away, or it does not know the hub's token or ids: nothing that a caller could do. */
interface Failed {
  readonly kind: "failed";
  readonly code: string;
}

type Checked = Exclude<TvmCheck, { readonly kind: "unavailable" }> | Failed;

function isFailed(found: { readonly kind: string }): found is Failed {
  return found.kind === "failed";
}

function judge(reply: GetReply): Checked {
  if (reply.kind === "no_answer") return { kind: "failed", code: reply.code };
  const { status, text } = reply;
  if (status === 401) return { kind: "failed", code: "token_refused" };
  if (status !== 200 && status !== 403) return { kind: "failed", code: `http_${status}` };
  const body = parseExactly(text);
  if (typeof body !== "object" || body === null) return { kind: "failed", code: "unreadable" };
  if (status === 200) return { kind: "good", body };
  const { error } = body as { error?: unknown };
  return { kind: "bad", error: typeof error === "string" ? error : "" };
}

function judgeTicket(
  reply: GetReply,
  destination: string,
): Exclude<TvmTicket, { readonly kind: "unavailable" }> | Failed {
  const found = judge(reply);
  if (found.kind === "failed") return found;
  const ticket = found.kind === "good" ? findTicket(found.body, destination) : undefined;
  if (reply.kind === "no_answer" || ticket === undefined) {
    return { kind: "failed", code: "no_ticket" };
  }
  return { kind: "ok", ticket, bornAtMs: birthOf(reply.header) };
}

function birthOf(header: (name: string) => string | undefined): number | null {
  const seconds = header("x-ya-tvmtool-data-birthtime")?.trim() ?? "";
  return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1000 : null;
}

/** The answer is keyed by the daemon's own names for clients, so the id is what is looked for. */
function findTicket(body: unknown, destination: string): string | undefined {
  const rows = Object.values(body as Record<string, { tvm_id?: unknown; ticket?: unknown } | null>);
  const ticket = rows.find((row) => row?.tvm_id === destination)?.ticket;
  return typeof ticket === "string" && /^[\x21-\x7e]+$/.test(ticket) ? ticket : undefined;
}

/** Says a change and not each time: an hour without the daemon is not a line for each request. */
function watchOutages(log: DaemonLog): { saw(question: string, code: string | null): void } {
  const failing = new Map<string, string>();
  return {
    saw(question, code) {
      const before = failing.get(question) ?? null;
      if (code === before) return;
      const [path = ""] = question.split("?");
      if (code === null) {
        failing.delete(question);
        log.info({}, `the ticket daemon answers again: ${path}`);
      } else {
        failing.set(question, code);
        log.warn({ code }, `the ticket daemon is of no help: ${path}`);
      }
    },
  };
}
