import { checkHubUrl, checkInteger, checkName, type HubOptions } from "../arguments.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createTicketSigner } from "../tickets/sign.ts";
import type { SigningKey } from "../tickets/signing-key.ts";
import { createReporter, type ReportBody, type TraceHeaders } from "./report.ts";
import { type Attempt, type RetryOptions, retryPolicyOf, retryUntilDone } from "./retry.ts";

/** How to speak to the hub, and as whom. */
export interface TakeoutClientOptions {
  /** The service's own name, as the hub's configuration has it under `services`. */
  service: string;
  /** The service's private JWK (Ed25519 or EC P-256): the object, or its JSON. */
  signingKey: SigningKey | undefined;
  hub: HubOptions;
  /** Replaces the global `fetch`. It is always called with a `Request` and `redirect: "manual"`. */
  fetch?: typeof globalThis.fetch;
  /** Milliseconds for one attempt, the answer's body included. Default 10000. */
  timeoutMs?: number;
  retry?: RetryOptions;
  /** Replaces the system's clock, in tests. */
  clock?: Clock;
}

/** A report without the service's name, which the client adds. Fields are the contract's. */
export type DataStatusReport = Omit<ReportBody, "service">;

/** Speaks to the hub. Holds no connection of its own; nothing to close. */
export interface TakeoutClient {
  /**
   * Reports what became of one category of one user, and repeats the report until the hub has it.
   * Idempotent: repeating a report that has arrived changes nothing.
   *
   * @throws TakeoutApiError when the hub refuses for good, for example `stale_deletion` (a newer
   *   deletion exists), `category_unknown`, `service_mismatch`.
   * @throws TakeoutNetworkError, TakeoutResponseError the last failure, when 24 hours were not enough.
   * @throws the signal's reason when it aborts.
   * Source: contract sections 6 and 7; S2, part 1.
   */
  setDataStatus(report: DataStatusReport, options?: { signal?: AbortSignal }): Promise<void>;
}

/** A client that can also pass on the headers of the call a report answers. */
export interface TracingClient {
  report(
    report: DataStatusReport,
    trace: TraceHeaders,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Sends a report once. Rejects only when the signal aborts. */
  reportOnce(
    report: DataStatusReport,
    trace: TraceHeaders,
    signal: AbortSignal | undefined,
  ): Promise<Attempt>;
}

/** @throws TypeError when an option is unusable, saying what to write instead. */
export function createTakeoutClient(options: TakeoutClientOptions): TakeoutClient {
  const client = createTracingClient(options);
  return {
    setDataStatus: (report, { signal } = {}) => client.report(report, {}, signal),
  };
}

export function createTracingClient(options: TakeoutClientOptions): TracingClient {
  const service = checkName(options.service, "service");
  const audience = checkName(options.hub?.client, "hub.client");
  const signer = createTicketSigner(options);
  const send = createReporter({
    url: checkHubUrl(options.hub),
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: checkInteger(options.timeoutMs ?? 10_000, 1, "timeoutMs"),
    ticket: () => signer.ticketFor(audience),
  });
  const policy = retryPolicyOf(options.retry);
  const clock = options.clock ?? systemClock;
  const reportOnce: TracingClient["reportOnce"] = (report, trace, signal) =>
    send({ ...report, service }, trace, signal);
  return {
    reportOnce,
    report: (report, trace, signal) =>
      retryUntilDone({ attempt: () => reportOnce(report, trace, signal), policy, clock, signal }),
  };
}
