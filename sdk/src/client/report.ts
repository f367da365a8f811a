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
export type Reporter = (
  body: ReportBody,
  headers: TraceHeaders,
  signal: AbortSignal | undefined,
) => Promise<Attempt>;

const mostBytes = 64 * 1024;
// A user's many categories must not open as many connections.
const mostAtOnce = 32;

/** Sends reports over the generated contract, at most 32 at once. */
export function createReporter(options: ReporterOptions): Reporter {
  const { url, timeoutMs } = options;
  const fetch = boundedFetch(options.fetch, { timeoutMs, maxBytes: mostBytes });
  const hub = createClient<paths>({ baseUrl: url, fetch });
  const gate = createGate(mostAtOnce);

  async function send(body: ReportBody, trace: TraceHeaders, signal: AbortSignal | undefined) {
    // Outside of the catch: a key that cannot sign is no matter of the network.
    const headers = { ...trace, [ticketKinds.service.header]: await options.ticket() };
    const init = { body, headers, ...(signal ? { signal } : {}) };
    try {
      // As text: a faulty body of a 200 is no reason to report again.
      const answer = await hub.POST("/takeout/set_data_status", { ...init, parseAs: "text" });
      return readAnswer(answer.response, answer.error);
    } catch (error) {
      signal?.throwIfAborted();
      return noAnswer(error);
    }
  }

  return (body, trace, signal) => gate(() => send(body, trace, signal));
}

function noAnswer(cause: unknown): Attempt {
  const code = isTimeout(cause) ? "timeout" : "no_connection";
  const error = new TakeoutNetworkError(`no answer from the hub: ${code}`, {
    code,
    retryable: true,
    cause,
  });
  return { kind: "failed", error, retryAfterMs: 0 };
}
