import { Readable } from "node:stream";
import { Agent, request } from "undici";
import { readRetryAfter } from "../domain/retry-after.ts";

/** What a portal's storage made of a step. `refused`: it will not be otherwise. */
export type StorageReply =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs: number }
  | { readonly kind: "refused"; readonly code: string };

export interface StoredFile {
  readonly service: string;
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Where a portal keeps the copies of its users itself (`api/portal-storage.yaml`). Throws nothing but the signal's reason, and what reading a file throws. */
export interface PortalStorage {
  storeFile(exportId: string, file: StoredFile, signal: AbortSignal): Promise<StorageReply>;
  finish(exportId: string, body: unknown, signal: AbortSignal): Promise<StorageReply>;
  notify(exportId: string, signal: AbortSignal): Promise<StorageReply>;
  close(): Promise<void>;
}

/** How long a connection may stand still, whichever side is to say something. */
const stillForMs = 60_000;
const maxAnswerBytes = 1 << 20;

/** @param options.ticket - a fresh ticket of the hub for the portal. */
export function createPortalStorage(options: {
  readonly url: string;
  readonly connections: number;
  readonly ticket: () => string | Promise<string>;
}): PortalStorage {
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    connect: { timeout: 3_000 },
    maxResponseSize: maxAnswerBytes,
    keepAliveTimeout: 4_000,
  });
  const send = async (order: Order, signal: AbortSignal): Promise<StorageReply> => {
    const still = watchStill();
    try {
      const response = await request(options.url + order.path, {
        dispatcher: agent,
        method: order.method,
        headers: { ...order.headers, "x-ya-service-ticket": await options.ticket() },
        body: order.body === null ? null : Readable.from(still.watch(order.body)),
        signal: AbortSignal.any([signal, still.signal]),
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      // Not awaited: what is not read must not decide anything; the watch still ends it.
      void response.body
        .dump({ limit: maxAnswerBytes })
        .catch(() => {})
        .finally(still.end);
      return judge(response.statusCode, response.headers["retry-after"]);
    } catch {
      still.end();
      signal.throwIfAborted();
      if (still.signal.aborted) return { kind: "failed", code: "timeout", retryAfterMs: 0 };
      const fault = order.fault?.();
      if (fault !== undefined) throw fault;
      return { kind: "failed", code: "no_connection", retryAfterMs: 0 };
    }
  };
  const pathOf = (exportId: string) => `/v1/takeout/exports/${exportId}`;
  return {
    storeFile(exportId, file, signal) {
      const { service, name, bytes, sha256, body } = file;
      const path = `${pathOf(exportId)}/files/${service}/${encodeURIComponent(name)}`;
      const digest = Buffer.from(sha256, "hex").toString("base64");
      const source = rememberFault(body);
      const headers = {
        "content-type": "application/octet-stream",
        "content-length": String(bytes),
        "content-digest": `sha-256=:${digest}:`,
      };
      return send({ method: "PUT", path, headers, ...source }, signal);
    },
    finish(exportId, body, signal) {
      const headers = { "content-type": "application/json" };
      const path = `${pathOf(exportId)}/done`;
      return send({ method: "POST", path, headers, body: textBody(JSON.stringify(body)) }, signal);
    },
    notify: (exportId, signal) =>
      send({ method: "POST", path: `${pathOf(exportId)}/notify`, headers: {}, body: null }, signal),
    close: () => agent.destroy(),
  };
}

interface Order {
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Why the source of the body failed, if it was that, and not the way to the portal. */
  readonly fault?: () => unknown;
}

async function* textBody(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function rememberFault(body: AsyncIterable<Uint8Array>) {
  let fault: unknown;
  const watched = async function* () {
    try {
      yield* body;
    } catch (error) {
      fault = error;
      throw error;
    }
  };
  return { body: watched(), fault: () => fault };
}

/** Aborts when nothing has been taken of the body, nor answered after it, for too long. */
function watchStill() {
  const aborting = new AbortController();
  const timer = setTimeout(() => aborting.abort(), stillForMs);
  return {
    signal: aborting.signal,
    async *watch(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        timer.refresh();
        yield chunk;
      }
      timer.refresh();
    },
    end: () => clearTimeout(timer),
  };
}

const doneStatuses = new Set([200, 201, 204]);
const retriedStatuses = new Set([408, 425, 429]);

function judge(status: number, retryAfter: string | string[] | undefined): StorageReply {
  if (doneStatuses.has(status)) return { kind: "done" };
  const code = `http_${status}`;
  const isRetried = status >= 500 || retriedStatuses.has(status);
  if (!isRetried) return { kind: "refused", code };
  return { kind: "failed", code, retryAfterMs: readRetryAfter(retryAfter, Date.now()) };
}
