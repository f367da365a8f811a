import createClient from "openapi-fetch";
import type { components, paths } from "../../../generated/hub.ts";
import { ticketKinds } from "../../../generated/tickets.ts";
import { boundedFetch } from "../bounded-fetch.ts";
import { isTimeout } from "../deadline.ts";
import { TakeoutNetworkError } from "../errors.ts";
import { readAnswer } from "./answer.ts";
import { createGate } from "./gate.ts";
import type { Attempt } from "./retry.ts";

/** The body of a report, as it is sent. */
export type ReportBody = components["schemas"]["SetDataStatusRequest"];

/** The body of a report of an export, as it is sent. */
export type ExportReportBody = components["schemas"]["SetExportStatusRequest"];

/** Headers that tie a report to the call it answers. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** What one attempt to report needs. */
export interface ReporterOptions {
  url: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds for one attempt. */
  timeoutMs: number;
  ticket: () => Promise<string>;
}

/** Sends a report once. Rejects only when the signal aborts, with its reason. */
export type Send<Body> = (
  body: Body,
  headers: TraceHeaders,
  signal: AbortSignal | undefined,
) => Promise<Attempt>;

/** Sends reports of deletions and of exports. */
export interface Reporter {
  dataStatus: Send<ReportBody>;
  exportStatus: Send<ExportReportBody>;
}

const mostBytes = 64 * 1024;
// A user's many categories must not open as many connections.
const mostAtOnce = 32;

/** Sends reports over the generated contract, at most 32 at once. */
export function createReporter(options: ReporterOptions): Reporter {
  const { url, timeoutMs } = options;
  const fetch = boundedFetch(options.fetch, { timeoutMs, maxBytes: mostBytes });
  const hub = createClient<paths>({ baseUrl: url, fetch });
  const gate = createGate(mostAtOnce);

  /** As text: a faulty body of a 200 is no reason to report again. */
  type Post<Body> = (init: {
    body: Body;
    headers: TraceHeaders;
    signal?: AbortSignal;
    parseAs: "text";
  }) => Promise<{ response: Response; error?: unknown }>;

  async function send<Body>(
    post: Post<Body>,
    body: Body,
    trace: TraceHeaders,
    signal: AbortSignal | undefined,
  ): Promise<Attempt> {
    // Outside of the catch: a key that cannot sign is no matter of the network.
    const headers = { ...trace, [ticketKinds.service.header]: await options.ticket() };
    try {
      const init = { body, headers, ...(signal ? { signal } : {}), parseAs: "text" } as const;
      const answer = await post(init);
      return readAnswer(answer.response, answer.error);
    } catch (error) {
      signal?.throwIfAborted();
      return noAnswer(error);
    }
  }

  function sender<Body>(post: Post<Body>): Send<Body> {
    return (body, trace, signal) => gate(() => send(post, body, trace, signal));
  }

  return {
    dataStatus: sender((init) => hub.POST("/takeout/set_data_status", init)),
    exportStatus: sender((init) => hub.POST("/takeout/set_export_status", init)),
  };
}

/** What an attempt came to that got no answer. */
export function noAnswer(cause: unknown): Extract<Attempt, { kind: "failed" }> {
  const code = isTimeout(cause) ? "timeout" : "no_connection";
  const error = new TakeoutNetworkError(`no answer from the hub: ${code}`, {
    code,
    retryable: true,
    cause,
  });
  return { kind: "failed", error, retryAfterMs: 0 };
}
