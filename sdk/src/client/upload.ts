import type { UploadExportFileAnswer } from "../../../generated/hub.ts";
import { ticketKinds } from "../../../generated/tickets.ts";
import { readBounded } from "../bounded-body.ts";
import { isTimeout, withDeadline } from "../deadline.ts";
import { TakeoutResponseError } from "../errors.ts";
import { readAnswer } from "./answer.ts";
import { type FileContent, type OpenedContent, openContent } from "./file-content.ts";
import { checkFileName } from "./file-name.ts";
import { noAnswer, type TraceHeaders } from "./report.ts";
import type { Attempt } from "./retry.ts";

/** One file of an export. */
export interface ExportUpload {
  /** The `upload_url` of the call. */
  uploadUrl: string;
  name: string;
  content: FileContent;
}

/** A file that the hub has. */
export interface UploadedFile {
  name: string;
  /** In hexadecimal digits; left out where this runtime cannot compute it of a stream. */
  sha256?: string;
}

/** What one attempt to upload needs. */
export interface UploaderOptions {
  /** The hub's base URL. */
  url: string;
  fetch: typeof globalThis.fetch;
  /** Milliseconds without a byte sent, and from the last one to the answer. */
  stallMs: number;
  ticket: () => Promise<string>;
}

/** What became of one attempt, and the file if it is there. */
export type UploadAttempt = Attempt & { file?: UploadedFile };

export type Uploader = (
  upload: ExportUpload,
  trace: TraceHeaders,
  signal: AbortSignal | undefined,
) => Promise<UploadAttempt>;

const mostBytes = 64 * 1024;

// A fetch that might have to send the body again keeps all of it, in Node.js too: with these two it may not.
// Source: Fetch Standard, HTTP-network-or-cache fetch, step 3.
const unkept = { redirect: "error", window: null } as const;

/**
 * Uploads a file once. Rejects when the signal aborts, and with what the content itself throws.
 * @throws TypeError when the name is not allowed, or the URL is not of the hub.
 * Source: contract section 8; RFC 9530.
 */
export function createUploader(options: UploaderOptions): Uploader {
  const { fetch, stallMs } = options;

  return async (upload, trace, signal) => {
    const url = checkUploadUrl(upload.uploadUrl, options.url) + encodeName(upload.name);
    const ticket = await options.ticket();
    let opened: OpenedContent | undefined;
    try {
      return await withDeadline(signal, stallMs, async (abort, isAlive) => {
        opened = await openContent(upload.content, isAlive);
        isAlive();
        const headers = headersOf(opened, { ...trace, [ticketKinds.service.header]: ticket });
        const answer = await fetch(newRequest(url, opened, headers), { ...unkept, signal: abort });
        const bytes = await readBounded(answer.body, mostBytes, abort);
        // What the hub says of a body that broke off is no news.
        if (opened.fault()) throw opened.fault()?.error;
        return judge(answer, parse(bytes), upload.name, opened);
      });
    } catch (error) {
      signal?.throwIfAborted();
      const fault = opened?.fault();
      if (fault) throw fault.error;
      // The content could not be opened at all: that is no matter of the network.
      if (!opened && !isTimeout(error)) throw error;
      return noAnswer(error);
    }
  };
}

/**
 * The same URL, if it is of the hub: whoever could forge it would be sent the user's data.
 * @throws TypeError when it is not.
 */
export function checkUploadUrl(uploadUrl: string, hubUrl: string): string {
  const isOfHub =
    URL.canParse(uploadUrl) &&
    new URL(uploadUrl).origin === new URL(hubUrl).origin &&
    uploadUrl.endsWith("/files/");
  if (isOfHub) return uploadUrl;
  throw new TypeError("uploadUrl: give the upload_url of a call of the hub that hub.url names");
}

const encodeName = (name: string) => encodeURIComponent(checkFileName(name));

function headersOf({ sha256 }: OpenedContent, more: TraceHeaders): Headers {
  const headers = new Headers({ "content-type": "application/octet-stream", ...more });
  if (sha256 !== undefined) headers.set("content-digest", `sha-256=:${base64(sha256)}:`);
  return headers;
}

function newRequest(url: string, { body }: OpenedContent, headers: Headers): Request {
  // `duplex` is asked for with a stream; not every library's types know it.
  return new Request(url, { method: "PUT", body, headers, duplex: "half" } as RequestInit);
}

function judge(
  answer: Response,
  body: unknown,
  name: string,
  opened: OpenedContent,
): UploadAttempt {
  const attempt = readAnswer(answer, body);
  if (attempt.kind === "failed") return isDigestFault(attempt) ? again(attempt) : attempt;
  const sha256 = opened.sentSha256();
  const told = (body as Partial<UploadExportFileAnswer> | undefined)?.sha256;
  if (sha256 !== undefined && told !== undefined && told !== sha256) return mismatch(answer);
  return { kind: "done", file: { name, ...(sha256 === undefined ? {} : { sha256 }) } };
}

type Failed = Extract<Attempt, { kind: "failed" }>;

// Something on the way changed the bytes; the only 4xx that a repeat mends.
const isDigestFault = ({ error }: Failed) => error.code === "digest_mismatch";

function again(attempt: Failed): Failed {
  return { ...attempt, error: Object.assign(attempt.error, { retryable: true }) };
}

function mismatch({ status }: Response): Failed {
  const error = new TakeoutResponseError("the hub has other bytes than were sent", {
    code: "digest_mismatch",
    status,
    retryable: true,
  });
  return { kind: "failed", error, retryAfterMs: 0 };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function base64(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return btoa(String.fromCharCode(...bytes.map((byte) => Number.parseInt(byte, 16))));
}
