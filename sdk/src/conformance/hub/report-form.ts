import type { components } from "../../../../generated/hub.ts";
import { uidPattern } from "../../../../generated/tickets.ts";

type DataReport = components["schemas"]["SetDataStatusRequest"];
type ExportReport = components["schemas"]["SetExportStatusRequest"];
type Judge = (value: unknown) => boolean;

// One row a field; the compiler says when the contract has others.
const visible =
  (most: number): Judge =>
  (value) =>
    typeof value === "string" && new RegExp(`^[!-~]{1,${most}}$`).test(value);
const text =
  (most: number): Judge =>
  (value) =>
    typeof value === "string" && value !== "" && value.length <= most && !value.includes("\0");
const oneOf =
  (...allowed: readonly string[]): Judge =>
  (value) =>
    allowed.includes(value as string);
const instant: Judge = (value) =>
  typeof value === "string" &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
  Number.isFinite(Date.parse(value));
const uid: Judge = (value) => typeof value === "string" && uidPattern.test(value);
const isError: Judge = (value) => {
  const { code, message, ...rest } = (value ?? {}) as Record<string, unknown>;
  const isMessage =
    message === undefined || (typeof message === "string" && message.length <= 1000);
  return visible(64)(code) && isMessage && Object.keys(rest).length === 0;
};

const dataFields = {
  yandex_uid: uid,
  category_id: visible(64),
  state: oneOf("deleted", "delete_failed"),
  service: text(63),
  deletion_id: visible(64),
  attempt: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  outcome: oneOf("erased", "anonymized", "retained", "nothing_found"),
  retained_until: instant,
  reason: text(256),
  error: isError,
  retriable: (value) => typeof value === "boolean",
  completed_at: instant,
  from: instant,
  to: instant,
} as const satisfies Record<keyof DataReport, Judge>;

const exportFields = {
  yandex_uid: uid,
  job_id: visible(64),
  service: text(63),
  state: oneOf("exported", "no_data", "export_failed"),
  files: (value) => Array.isArray(value) && value.length <= 1_000 && value.every(isFile),
  error: isError,
  retriable: (value) => typeof value === "boolean",
} as const satisfies Record<keyof ExportReport, Judge>;

function isFile(value: unknown): boolean {
  const { name, sha256, ...rest } = (value ?? {}) as Record<string, unknown>;
  const isDigest = sha256 === undefined || /^[0-9a-f]{64}$/.test(String(sha256));
  return isFileName(name) && isDigest && Object.keys(rest).length === 0;
}

// Separators, whatever moves up, control characters, ends of lines, and halves of characters.
const forbidden = /[/\\]|\.\.|\p{Cc}|\p{Zl}|\p{Zp}|\p{Cs}/u;

/** Whether the hub takes a file of that name. Source: contract section 8. */
export function isFileName(name: unknown): name is string {
  if (typeof name !== "string" || name === "" || name === ".") return false;
  return !forbidden.test(name) && Buffer.byteLength(name) <= 255;
}

const forms = {
  data: { fields: dataFields, required: ["yandex_uid", "category_id", "state", "service"] },
  export: { fields: exportFields, required: ["yandex_uid", "job_id", "service", "state"] },
} as const;

/**
 * Why the hub would refuse such a report, if it would: it takes no field that it does not know.
 * Values are never part of the answer.
 * Source: contract sections 2, 6 and 8.
 */
export function faultOfForm(
  kind: keyof typeof forms,
  body: unknown,
  service: string,
): string | undefined {
  if (typeof body !== "object" || body === null) return "the body is no JSON object";
  const { required } = forms[kind];
  const fields: Readonly<Record<string, Judge>> = forms[kind].fields;
  const missing = required.find((name) => !(name in body));
  if (missing) return `\`${missing}\` is missing`;
  for (const [name, value] of Object.entries(body)) {
    const judge = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!judge) return `the contract knows no field \`${name.slice(0, 64)}\``;
    if (!judge(value)) return `\`${name}\` is not what the contract allows`;
  }
  const named = (body as { service: string }).service;
  return named === service ? undefined : "`service` is not the service's own name";
}
