import { errorCodes } from "../../generated/error-codes.ts";
import { type ErrorCode, TakeoutError } from "../domain/errors.ts";

/** What a handler gives back; the pipeline makes an HTTP answer of it. */
export interface Reply {
  readonly status: number;
  /** A stream is read to its end or cancelled by whoever sends it. */
  readonly body: string | ReadableStream<Uint8Array> | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A reply whose body is there already. */
export interface TextReply extends Reply {
  readonly body: string;
}

export function jsonReply(body: unknown, headers: Record<string, string> = {}): TextReply {
  return {
    status: 200,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
}

/** Success in the portal's envelope. */
export function portalReply(data?: unknown, errors: readonly unknown[] = []): Reply {
  return jsonReply({
    status: "ok",
    ...(data !== undefined && { data }),
    ...(errors.length > 0 && { errors }),
  });
}

/** Whatever was thrown, as what the outside may know of it: a 500 says nothing but its code. */
export function toTakeoutError(error: unknown): TakeoutError {
  return error instanceof TakeoutError
    ? error
    : new TakeoutError("internal_error", { cause: error });
}

/** An error in the portal's envelope (contract 2). */
export function presentPortalError(error: TakeoutError): Reply {
  const entry = errorCodes[error.code];
  const item = {
    code: error.code,
    message: error.detail ?? entry.title,
    ...(error.categoryId !== null && { category_id: error.categoryId }),
  };
  return {
    ...jsonReply({ status: "error", errors: [item] }, headersOf(error)),
    status: entry.status ?? 500,
  };
}

/** An error as a problem document (RFC 9457, with the members of contract 2). */
export function presentProblem(
  error: TakeoutError,
  requestId: string,
  extra: Readonly<Record<string, unknown>> = {},
): TextReply {
  const entry = errorCodes[error.code];
  const status = entry.status ?? 500;
  return {
    status,
    body: JSON.stringify({
      title: entry.title,
      status,
      ...(error.detail !== null && { detail: error.detail }),
      code: error.code,
      request_id: requestId,
      ...(error.faults.length > 0 && { errors: error.faults }),
      ...extra,
    }),
    headers: { "content-type": "application/problem+json", ...headersOf(error) },
  };
}

/** Codes after which the rest of the body may still be on its way, and is not wanted. */
const closing: ReadonlySet<ErrorCode> = new Set([
  ...(["request_timeout", "body_too_large", "storage_full"] as const),
]);

function headersOf(error: TakeoutError): Record<string, string> {
  return { ...retryAfter(error), ...(closing.has(error.code) && { connection: "close" }) };
}

/** The answer itself; for nobody's cache unless the reply says otherwise. */
export function toResponse(reply: Reply, requestId: string): Response {
  return new Response(reply.body, {
    status: reply.status,
    headers: {
      ...reply.headers,
      "cache-control": reply.headers["cache-control"] ?? "no-store",
      "x-request-id": requestId,
    },
  });
}

function retryAfter(error: TakeoutError): Record<string, string> {
  if (error.retryAfterSeconds !== null) return { "retry-after": String(error.retryAfterSeconds) };
  const status = errorCodes[error.code].status;
  return status === 503 || status === 429 ? { "retry-after": "1" } : {};
}
