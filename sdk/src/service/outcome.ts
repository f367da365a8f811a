import { Misuse } from "../misuse.ts";

/** The data is gone. */
export interface Erased {
  kind: "erased";
}

/** The data stays without a link to the user. */
export interface Anonymized {
  kind: "anonymized";
  until?: Date;
  reason?: string;
}

/** The law demands that the data stays; it does not count as the user's data meanwhile. */
export interface Retained {
  kind: "retained";
  until?: Date;
  reason: string;
}

/** There was nothing to delete. */
export interface NothingFound {
  kind: "nothing_found";
}

/** The service refuses; the user sees the reason. */
export interface Denied {
  kind: "denied";
  reason: string;
}

/** The service goes on by itself, and reports the end with the client. */
export interface Accepted {
  kind: "accepted";
}

// Of characters, as a cut may leave them: PostgreSQL keeps none in JSON.
const halves = /\p{Cs}/gu;

/** What a deletion of one category came to. */
export type Outcome =
  | Erased
  | Anonymized
  | Retained
  | NothingFound
  | Denied
  | Accepted
  | FatalFailure;

/** A failure that no repeat can mend. Made by {@link fatal}, to be thrown or returned. */
export class FatalFailure extends Error {
  override name = "FatalFailure";
  readonly kind = "fatal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The data was deleted. */
export function erased(): Erased {
  return { kind: "erased" };
}

/**
 * The data was kept, but nothing links it to the user any more.
 * @param options.until - when what is left goes too.
 * @param options.reason - the ground as a code, for example `fraud_statistics`.
 */
export function anonymized(options: { until?: Date; reason?: string } = {}): Anonymized {
  checkUntil(options.until);
  if (options.reason !== undefined) checkReason(options.reason);
  return { kind: "anonymized", ...options };
}

/** The user had nothing here. */
export function nothingFound(): NothingFound {
  return { kind: "nothing_found" };
}

/**
 * The law obliges the service to keep the data.
 * @param options.until - until when; the hub then deletes it with the old fence.
 * @param options.reason - the legal ground as a code, for example `tax_law`.
 */
export function retained(options: { until?: Date; reason: string }): Retained {
  checkUntil(options.until);
  checkReason(options.reason);
  return { kind: "retained", ...options };
}

/**
 * The service refuses to delete. Not repeated by the hub; the reason is shown.
 * @param reason - a code, for example `debt`; what is no code is shown as `unspecified`.
 */
export function denied(reason: string): Denied {
  checkReason(reason);
  return { kind: "denied", reason };
}

/**
 * The work was handed to a queue or a schedule of the service's own, where it is safe. Nothing is
 * reported: the service does that itself with `setDataStatus`, as `reportUid` with `deletionId` and
 * `attempt`, and answers `delete_in_progress` until then. A repeat of the call asks again.
 */
export function accepted(): Accepted {
  return { kind: "accepted" };
}

/**
 * A failure that a repeat cannot mend: the hub stops calling. Throw it or return it. Any other
 * thrown value is a failure that is tried again.
 * @param code - for operators, for example `schema_changed`: lower case letters, digits, `_`.
 * @param message - for operators; it leaves the service, so it must not name a person.
 */
export function fatal(code: string, message: string): FatalFailure {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(code)) {
    throw new Misuse("fatal: give a code of lower case letters, digits and _, at most 64");
  }
  const text = String(message).replaceAll("\0", "").slice(0, 1000);
  return new FatalFailure(code, text.replace(halves, "\ufffd"));
}

/** Whether a value is a fatal failure, also of another installed copy of this package. */
export function isFatal(value: unknown): value is FatalFailure {
  return value instanceof Error && value.name === "FatalFailure" && "code" in value;
}

function checkReason(reason: string): void {
  if (
    typeof reason === "string" &&
    reason !== "" &&
    reason.length <= 256 &&
    !reason.includes("\0") &&
    reason.search(halves) < 0
  ) {
    return;
  }
  throw new Misuse('reason: give a short code, for example "tax_law"');
}

// What the hub takes, and RFC 3339 can say.
const firstInstant = Date.parse("0001-01-01T00:00:00.000Z");
const lastInstant = Date.parse("9999-12-31T23:59:59.999Z");

function checkUntil(until: Date | undefined): void {
  if (until === undefined) return;
  const ms = until instanceof Date ? until.getTime() : Number.NaN;
  if (ms >= firstInstant && ms <= lastInstant) return;
  throw new Misuse("until: give a valid Date before the year 10000, or leave it out");
}
