import { ticketKinds } from "../../../generated/tickets.ts";
import { BodyTooLong, readBounded } from "../bounded-body.ts";
import { isTimeout, withDeadline } from "../deadline.ts";
import type { TicketVerifier } from "../tickets/verify.ts";
import type { CallTrace } from "./delete.ts";
import type { Log } from "./log.ts";
import { Refusal, unavailable } from "./problem.ts";

// Source: contract section 2.
const mostBytes = 1024 * 1024;
const slowestBodyMs = 10_000;

/** The call's own id, made where it is absent or malformed, and what is passed on of it. */
export function traceOf(request: Request): CallTrace {
  const given = request.headers.get("x-request-id") ?? "";
  const callId = /^[!-~]{1,128}$/.test(given) ? given : crypto.randomUUID();
  const parent = request.headers.get("traceparent") ?? "";
  const isTrace = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(parent);
  return {
    callId,
    headers: { "x-request-id": callId, ...(isTrace ? { traceparent: parent } : {}) },
  };
}

/** @throws Refusal 401 when the caller is not the hub, 503 when that cannot be told now. */
export async function admitHub(
  request: Request,
  verifier: TicketVerifier,
  log: Log,
): Promise<void> {
  const ticket = request.headers.get(ticketKinds.service.header);
  if (!ticket) {
    log({ level: "warn", event: "ticket_refused", reason: "missing" });
    throw new Refusal("service_ticket_missing");
  }
  const check = await verifier.verify(ticket);
  if (check.kind === "valid") return;
  const isRefused = check.kind === "invalid";
  const event = isRefused ? "ticket_refused" : "keys_unavailable";
  log({ level: "warn", event, reason: check.reason });
  throw isRefused ? new Refusal("service_ticket_invalid") : unavailable("auth_unavailable");
}

/** @throws Refusal 415, 413, 408, or 400. */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refusal("unsupported_media_type");
  return parse(await readBody(request));
}

async function readBody(request: Request): Promise<Uint8Array> {
  try {
    return await withDeadline(undefined, slowestBodyMs, (signal) =>
      readBounded(request.body, mostBytes, signal),
    );
  } catch (error) {
    if (error instanceof BodyTooLong) throw new Refusal("body_too_large");
    if (isTimeout(error)) throw new Refusal("request_timeout");
    throw malformed("the body could not be read");
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("is not JSON");
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("bad_request", { faults: [{ pointer: "", detail }] });
}
