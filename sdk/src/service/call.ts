import { uidPattern } from "../../../generated/tickets.ts";
import type { User } from "./category.ts";
import { type Fault, Refusal } from "./problem.ts";

/** A status call, translated from the wire. */
export interface StatusCall {
  user: User;
  /** Without duplicates, in the order asked. */
  categories: readonly string[];
  requestId: string | undefined;
}

/** A delete call, translated from the wire. */
export interface DeleteCall extends StatusCall {
  deletionId: string;
  reportUid: string;
  before: Date;
  attempt: number;
}

/** An export call, translated from the wire. */
export interface ExportCall extends StatusCall {
  jobId: string;
  uploadUrl: string;
  reportUid: string;
  deadline: Date;
}

type Body = Record<string, unknown>;
type Check = (value: unknown) => boolean;

// Source: contract sections 2 and 7. Unknown fields are ignored: a newer hub may send more.
const mostIds = 1_000;
const mostCategories = 100;
const isVisible = (most: number): Check => {
  const pattern = new RegExp(`^[!-~]{1,${most}}$`);
  return (value) => typeof value === "string" && pattern.test(value);
};
const isUid: Check = (value) => typeof value === "string" && uidPattern.test(value);
const isId: Check = (value) => typeof value === "string" && /^[^\0]{1,256}$/.test(value);
const isAccount: Check = (value) => isUid((value as { uid?: unknown } | null)?.uid);
const isAttempt: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isUploadUrl: Check = (value) =>
  typeof value === "string" && value.length <= 2_048 && /^https?:\/\/[!-~]*\/files\/$/.test(value);
const isInstant: Check = (value) =>
  typeof value === "string" &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
  Number.isFinite(Date.parse(value));

/** @throws Refusal `bad_request` naming every fault. */
export function readStatusCall(json: unknown): StatusCall {
  const body = asObject(json);
  const faults = commonFaults(body);
  if (faults.length) throw new Refusal("bad_request", { faults });
  return translate(body);
}

/** @throws Refusal `bad_request` naming every fault. */
export function readDeleteCall(json: unknown): DeleteCall {
  const body = asObject(json);
  const faults = [
    ...commonFaults(body),
    ...field(body, "deletion_id", isVisible(64), "must be 1 to 64 visible ASCII characters"),
    ...field(body, "report_uid", isUid, "must be a uid"),
    ...field(body, "to", isInstant, "must be an RFC 3339 date and time"),
    ...field(body, "attempt", isAttempt, "must be a whole number of at least 0"),
  ];
  if (faults.length) throw new Refusal("bad_request", { faults });
  return {
    ...translate(body),
    deletionId: body.deletion_id as string,
    reportUid: body.report_uid as string,
    before: new Date(body.to as string),
    attempt: body.attempt as number,
  };
}

/** @throws Refusal `bad_request` naming every fault. */
export function readExportCall(json: unknown): ExportCall {
  const body = asObject(json);
  const faults = [
    ...commonFaults(body),
    ...field(body, "job_id", isVisible(64), "must be 1 to 64 visible ASCII characters"),
    ...field(body, "upload_url", isUploadUrl, "must be an http URL that ends in /files/"),
    ...field(body, "report_uid", isUid, "must be a uid"),
    ...field(body, "deadline", isInstant, "must be an RFC 3339 date and time"),
  ];
  if (faults.length) throw new Refusal("bad_request", { faults });
  return {
    ...translate(body),
    jobId: body.job_id as string,
    uploadUrl: body.upload_url as string,
    reportUid: body.report_uid as string,
    deadline: new Date(body.deadline as string),
  };
}

/** @throws Refusal `bad_request` when the body is no JSON object. */
function asObject(json: unknown): Body {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Body;
  throw new Refusal("bad_request", { faults: [{ pointer: "", detail: "must be object" }] });
}

function commonFaults(body: Body): Fault[] {
  const ids = ["user_ids", "phone_ids", "personal_phone_ids", "personal_email_ids"];
  return [
    ...list(body, "yandex_uids", 1, mostIds, isAccount),
    ...list(body, "categories", 1, mostCategories, isVisible(64)),
    ...ids.flatMap((name) => (name in body ? list(body, name, 0, mostIds, isId) : [])),
    ...("request_id" in body
      ? field(body, "request_id", isVisible(128), "must be 1 to 128 visible ASCII characters")
      : []),
  ];
}

function field(body: Body, name: string, check: Check, detail: string): Fault[] {
  return check(body[name]) ? [] : [{ pointer: `/${name}`, detail }];
}

function list(body: Body, name: string, least: number, most: number, check: Check): Fault[] {
  const value = body[name];
  if (!Array.isArray(value)) return [{ pointer: `/${name}`, detail: "must be array" }];
  if (value.length < least || value.length > most) {
    return [{ pointer: `/${name}`, detail: `must have ${least} to ${most} items` }];
  }
  const wrong = value.findIndex((item) => !check(item));
  return wrong < 0 ? [] : [{ pointer: `/${name}/${wrong}`, detail: "is malformed" }];
}

function translate(body: Body): StatusCall {
  const ids = (name: string) => (body[name] as string[] | undefined) ?? [];
  return {
    user: {
      uids: (body.yandex_uids as { uid: string }[]).map((account) => account.uid),
      userIds: ids("user_ids"),
      phoneIds: ids("phone_ids"),
      personalPhoneIds: ids("personal_phone_ids"),
      personalEmailIds: ids("personal_email_ids"),
    },
    categories: [...new Set(body.categories as string[])],
    requestId: body.request_id as string | undefined,
  };
}
