import { checkHubUrl, checkInteger, checkName, type HubOptions } from "../arguments.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createTicketSigner } from "../tickets/sign.ts";
import type { SigningKey } from "../tickets/signing-key.ts";
import {
  createReporter,
  type ExportReportBody,
  type ReportBody,
  type Send,
  type TraceHeaders,
} from "./report.ts";
import { type Attempt, type RetryOptions, retryPolicyOf, retryUntilDone } from "./retry.ts";
import { createUploader, type ExportUpload, type UploadedFile } from "./upload.ts";

/** How to speak to the hub, and as whom. */
export interface TakeoutClientOptions {
  /** The service's own name, as the hub's configuration has it under `services`. */
  service: string;
  /** The service's private JWK (Ed25519 or EC P-256): the object, or its JSON. */
  signingKey: SigningKey | undefined;
  hub: HubOptions;
  /**
   * Replaces the global `fetch`. It is always called with a `Request` and `redirect: "manual"`, for an
   * upload `"error"`.
   */
  fetch?: typeof globalThis.fetch;
  /** Milliseconds for one attempt, the answer's body included. Default 10000. */
  timeoutMs?: number;
  retry?: RetryOptions;
  /** Replaces the system's clock, in tests. */
  clock?: Clock;
}

/** A report without the service's name, which the client adds. Fields are the contract's. */
export type DataStatusReport = Omit<ReportBody, "service">;

/** A report of an export without the service's name, which the client adds. Fields are the contract's. */
export type ExportStatusReport = Omit<ExportReportBody, "service">;

/** What every call of the client takes. */
export interface CallOptions {
  /** Ends the call and its repeats. */
  signal?: AbortSignal;
}

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
  setDataStatus(report: DataStatusReport, options?: CallOptions): Promise<void>;
  /**
   * Uploads one file of an export, and repeats that until the hub has it. Uploading the same name
   * again replaces the file. Its SHA-256 is sent ahead where the content is at hand, and compared
   * with what the hub says it has otherwise.
   *
   * @throws TypeError when the name or the content is not allowed, or the URL is not of the hub.
   * @throws TakeoutApiError when the hub refuses for good, for example `part_closed`, `not_found`.
   * @throws TakeoutNetworkError, TakeoutResponseError the last failure, when 24 hours were not enough.
   * @throws whatever the content throws, at once; the signal's reason when it aborts.
   * Source: contract section 8.
   */
  uploadExportFile(upload: ExportUpload, options?: CallOptions): Promise<UploadedFile>;
  /**
   * Reports that all files of an export are uploaded, that there is nothing, or that it failed, and
   * repeats the report until the hub has it. Idempotent. Rejects as `setDataStatus` does, for example
   * with `file_missing`. A report has at most 64 KiB and names at most 1000 files: leave out the others, which belong
   * to the export all the same.
   * Source: contract section 8.
   */
  setExportStatus(report: ExportStatusReport, options?: CallOptions): Promise<void>;
}

/** A client that can also pass on the headers of the call a report answers, and send once. */
export interface TracingClient {
  report(
    report: DataStatusReport,
    trace: TraceHeaders,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  /** Sends a report once. Rejects only when the signal aborts. */
  reportOnce: Send<DataStatusReport>;
  reportExportOnce: Send<ExportStatusReport>;
  upload(
    upload: ExportUpload,
    options: { trace?: TraceHeaders; signal?: AbortSignal | undefined; giveUpAfterMs?: number },
  ): Promise<UploadedFile>;
}

/** @throws TypeError when an option is unusable, saying what to write instead. */
export function createTakeoutClient(options: TakeoutClientOptions): TakeoutClient {
  const client = createTracingClient(options);
  return {
    setDataStatus: (report, { signal } = {}) => client.report(report, {}, signal),
    uploadExportFile: (upload, { signal } = {}) => client.upload(upload, { signal }),
    setExportStatus: (report, { signal } = {}) =>
      client.repeat(() => client.reportExportOnce(report, {}, signal), signal),
  };
}

export function createTracingClient(
  options: TakeoutClientOptions,
): TracingClient & { repeat: Repeat } {
  const service = checkName(options.service, "service");
  const audience = checkName(options.hub?.client, "hub.client");
  const signer = createTicketSigner(options);
  const timeoutMs = checkInteger(options.timeoutMs ?? 10_000, 1, "timeoutMs");
  const hub = {
    url: checkHubUrl(options.hub),
    fetch: options.fetch ?? globalThis.fetch,
    ticket: () => signer.ticketFor(audience),
  };
  const send = createReporter({ ...hub, timeoutMs });
  const uploadOnce = createUploader({ ...hub, stallMs: Math.max(timeoutMs, uploadStallMs) });
  const policy = retryPolicyOf(options.retry);
  const clock = options.clock ?? systemClock;

  const repeat: Repeat = (attempt, signal, more) =>
    retryUntilDone({ attempt, policy: { ...policy, ...more }, clock, signal });
  const reportOnce: TracingClient["reportOnce"] = (report, trace, signal) =>
    send.dataStatus({ ...report, service }, trace, signal);

  async function upload(
    given: ExportUpload,
    { trace = {}, signal, ...more }: Parameters<TracingClient["upload"]>[1],
  ): Promise<UploadedFile> {
    let file: UploadedFile = { name: given.name };
    const attempt = async () => {
      const attempt = await uploadOnce(given, trace, signal);
      file = attempt.file ?? file;
      return attempt;
    };
    await repeat(attempt, signal, more);
    return file;
  }

  return {
    report: (report, trace, signal) => repeat(() => reportOnce(report, trace, signal), signal),
    reportOnce,
    reportExportOnce: (report, trace, signal) =>
      send.exportStatus({ ...report, service }, trace, signal),
    upload,
    repeat,
  };
}

type Repeat = (
  attempt: () => Promise<Attempt>,
  signal: AbortSignal | undefined,
  more?: { giveUpAfterMs?: number },
) => Promise<void>;

// The hub gives up a body that stands still for 30 s; what it does with a large one takes longer.
const uploadStallMs = 60_000;
