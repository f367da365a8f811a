import { Agent, request } from "undici";
import { readRetryAfter } from "../domain/retry-after.ts";
import { askBeforeSending } from "./ask-before-sending.ts";

/** What came back from a service, before anybody judged it. */
export type ServiceReply =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly retryAfterMs: number;
      /** What its clock showed, in ms, to a second; `null` where it did not say. */
      readonly date: number | null;
      /** `null` where it was not to be read, or is not JSON. */
      readonly body: unknown;
      /** Whether there was no body at all. */
      readonly isEmpty: boolean;
      readonly isReadable: boolean;
    }
  | { readonly kind: "no_answer"; readonly code: NoAnswerCode };

type NoAnswerCode = "timeout" | "no_connection" | "unreadable" | "too_large" | UnsentCode;

/** `no_ticket`: the hub itself has no ticket to call with. `not_sent`: `maySend` said no. */
export type UnsentCode = "no_ticket" | "not_sent";

/** Whether nothing reached the service, and nothing was to: that says nothing of it. */
export function isUnsent(code: unknown): code is UnsentCode {
  return code === "no_ticket" || code === "not_sent";
}

export interface ServiceCall {
  readonly path: string;
  readonly body: unknown;
  readonly requestId: string;
  readonly traceparent?: string | null;
  readonly timeoutMs: number;
  /** Bodies of these statuses are read; others are thrown away. */
  readonly readBody: (status: number) => boolean;
  /** Reads the body's text; `JSON.parse` by default. What throws makes it unreadable. */
  readonly parse?: (text: string) => unknown;
  readonly signal?: AbortSignal;
  /**
   * Asked when the connection is there and the request is about to be written: a process that was stopped
   * while it connected must not send late. Where it says no, nothing is sent (`not_sent`).
   */
  readonly maySend?: () => boolean;
}

export interface ServiceClient {
  post(call: ServiceCall): Promise<ServiceReply>;
  close(): Promise<void>;
}

const maxAnswerBytes = 1 << 20;

/**
 * The only way out to one service: signed, without redirects, with a timeout for the whole exchange and a
 * limit on the answer (rule 11). Never throws; what went wrong is an answer too.
 */
export function createServiceClient(options: {
  readonly url: string;
  readonly concurrency: number;
  /** A fresh ticket of the hub for this service. */
  readonly ticket: () => string | Promise<string>;
}): ServiceClient {
  const base = options.url.replace(/\/+$/, "");
  const agent = new Agent({
    connections: options.concurrency,
    pipelining: 1,
    connect: { timeout: 3_000 },
    maxResponseSize: maxAnswerBytes,
    keepAliveTimeout: 4_000,
  }).compose(askBeforeSending);
  return {
    async post(call) {
      const timeout = AbortSignal.timeout(Math.max(1, Math.trunc(call.timeoutMs)));
      const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
      try {
        const response = await request(base + call.path, {
          dispatcher: agent,
          method: "POST",
          headers: {
            "content-type": "application/json",
            accept: "application/json",
            "x-ya-service-ticket": await options.ticket(),
            "x-request-id": call.requestId,
            ...(call.traceparent && { traceparent: call.traceparent }),
          },
          body: JSON.stringify(call.body),
          signal,
          ...(call.maySend && { maySend: call.maySend }),
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        return await readReply(response, call);
      } catch (error) {
        return { kind: "no_answer", code: codeOf(error, timeout) };
      }
    },
    close: () => agent.close(),
  };
}

type Response = Awaited<ReturnType<typeof request>>;

async function readReply(
  response: Response,
  { readBody, parse = JSON.parse }: ServiceCall,
): Promise<ServiceReply> {
  const status = response.statusCode;
  const retryAfterMs = readRetryAfter(response.headers["retry-after"], Date.now());
  const date = Date.parse(String(response.headers.date));
  const told = { status, retryAfterMs, date: Number.isNaN(date) ? null : date };
  const plain = { kind: "answer", ...told, body: null, isEmpty: false } as const;
  if (!readBody(status)) {
    // Not awaited: what is not read must not decide anything; the timeout still ends it.
    response.body.dump({ limit: maxAnswerBytes }).catch(() => {});
    return { ...plain, isReadable: false };
  }
  const text = await readText(response);
  if (text === undefined) return { ...plain, isReadable: false };
  if (text.trim() === "") return { ...plain, isEmpty: true, isReadable: true };
  try {
    return { ...plain, body: parse(text), isReadable: true };
  } catch {
    return { ...plain, isReadable: false };
  }
}

/**
 * @returns `undefined` where a refusal bears more than is read: its status says enough, as where its body is garbage.
 * A success that is too large throws, and so does whatever was cut or slow: who knows what was to come.
 */
async function readText({ statusCode, body }: Response): Promise<string | undefined> {
  try {
    return await body.text();
  } catch (error) {
    if (statusCode >= 400 && isTooLarge(error)) return undefined;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "UND_ERR_RES_EXCEEDED_MAX_SIZE";
}

const connectionCodes = new Set([
  ...[
    "ECONNREFUSED",
    "ECONNRESET",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPIPE",
  ],
  ...[
    "UND_ERR_SOCKET",
    "UND_ERR_CONNECT_TIMEOUT",
    "ETIMEDOUT",
    "UND_ERR_CLOSED",
    "UND_ERR_DESTROYED",
  ],
]);

function codeOf(error: unknown, timeout: AbortSignal): NoAnswerCode {
  const code = (error as { code?: unknown } | null)?.code;
  if (isUnsent(code)) return code;
  if (timeout.aborted) return "timeout";
  if (isTooLarge(error)) return "too_large";
  return typeof code === "string" && connectionCodes.has(code) ? "no_connection" : "unreadable";
}
