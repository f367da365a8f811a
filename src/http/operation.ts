import type { Validator } from "../../generated/validators.js";
import { TakeoutError } from "../domain/errors.ts";
import type { Caller } from "./caller.ts";
import type { HttpContext } from "./context.ts";
import type { Reply } from "./present.ts";

/** A request as a handler sees it: the caller is known, the body is JSON but not yet checked. */
export interface OperationCall {
  readonly caller: Caller;
  readonly requestId: string;
  readonly traceparent: string | null;
  readonly query: (name: string) => string | null;
  /** A parameter of the path, percent-decoded and otherwise unchecked. */
  readonly parameter: (name: string) => string | null;
  readonly header: (name: string) => string | null;
  readonly method: string;
  readonly path: string;
  /** As it came, nothing decoded. */
  readonly url: string;
  /** Whether only the headers of the answer are wanted. */
  readonly isHead: boolean;
  readonly body: unknown;
  readonly bytes: Uint8Array;
  /** The body of an upload, not read yet; `null` where there is none. */
  readonly stream: ReadableStream<Uint8Array> | null;
}

export type Handler = (context: HttpContext, call: OperationCall) => Promise<Reply>;

/** @throws TakeoutError `bad_request` naming what is wrong where, never the value. */
export function checkBody<T>(validate: Validator<T>, body: unknown): T {
  if (validate(body)) return body;
  const faults = (validate.errors ?? []).map(({ instancePath, message }) => ({
    pointer: instancePath,
    detail: message,
  }));
  const [first] = faults;
  const detail = first
    ? `${first.pointer || "The body"} ${first.detail}`
    : "The body is not as it must be";
  throw new TakeoutError("bad_request", { detail, faults });
}

/** @throws TakeoutError `bad_request`. */
export function checkQuery<Text extends string>(
  validate: Validator<Text>,
  call: OperationCall,
  name: string,
): Text | null {
  const value = call.query(name);
  if (value === null || validate(value)) return value;
  throw new TakeoutError("bad_request", {
    detail: `${name} ${validate.errors?.[0]?.message ?? "is not as it must be"}`,
  });
}

/** A number in the query. @throws TakeoutError `bad_request`. */
export function checkQueryNumber(
  validate: Validator<number>,
  call: OperationCall,
  name: string,
): number | null {
  const text = call.query(name);
  if (text === null) return null;
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
  if (validate(value)) return value;
  throw new TakeoutError("bad_request", {
    detail: `${name} ${validate.errors?.[0]?.message ?? "is not as it must be"}`,
  });
}

/** The portal that calls. Fails loudly where the contract's table and a handler disagree. */
export function portalOf(call: OperationCall): Extract<Caller, { kind: "portal" }> {
  if (call.caller.kind !== "portal") throw new Error("the operation is not one of the portal's");
  return call.caller;
}

/** The service that calls. */
export function serviceOf(call: OperationCall): Extract<Caller, { kind: "service" }> {
  if (call.caller.kind !== "service") throw new Error("the operation is not one of the services'");
  return call.caller;
}
