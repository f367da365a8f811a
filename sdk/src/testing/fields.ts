import { uidPattern } from "../../../generated/tickets.ts";
import { type Fault, Refusal } from "../service/problem.ts";

export type Body = Record<string, unknown>;
export type Check = (value: unknown) => boolean;

export const isText =
  (most: number): Check =>
  (value) =>
    typeof value === "string" && value.length >= 1 && value.length <= most && !value.includes("\0");
export const isName =
  (most: number): Check =>
  (value) =>
    typeof value === "string" && new RegExp(`^[!-~]{1,${most}}$`).test(value);
export const isUid: Check = (value) => typeof value === "string" && uidPattern.test(value);
export const isOneOf =
  (...all: readonly string[]): Check =>
  (value) =>
    all.includes(value as string);
export const isInstant: Check = (value) =>
  typeof value === "string" &&
  value.length <= 64 &&
  /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
  Number.isFinite(Date.parse(value)) &&
  isDay(value.slice(0, 10));
export const isBoolean: Check = (value) => typeof value === "boolean";
export const isAttempt: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;

// What is not in the calendar is taken for a day of the next month.
const isDay = (day: string) => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

/** What an object has: a check, or what the object in its place has. */
export interface Fields {
  required: Readonly<Record<string, Check>>;
  optional: Readonly<Record<string, Check | Fields>>;
}

const isMessage: Check = (value) => value === "" || isText(4_096)(value);

/** What went wrong, as a report says it. */
export const errorFields: Fields = {
  required: { code: isName(64) },
  optional: { message: isMessage },
};

/**
 * Reads a body as the hub does: every field that is required, none that is not known, each well formed.
 * @throws Refusal `bad_request` naming every fault.
 */
export function readFields(json: unknown, fields: Fields): Body {
  const faults = faultsOf(json, fields, "");
  if (faults.length) throw new Refusal("bad_request", { faults });
  return json as Body;
}

function faultsOf(json: unknown, { required, optional }: Fields, pointer: string): Fault[] {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return [{ pointer, detail: "must be object" }];
  }
  const body = json as Body;
  const checks = { ...required, ...optional };
  return [
    ...Object.keys(required)
      .filter((name) => body[name] === undefined)
      .map((name) => ({ pointer, detail: `must have required property '${name}'` })),
    ...Object.entries(body).flatMap(([name, value]) => {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (!check) return { pointer, detail: "must NOT have additional properties" };
      if (value === undefined) return [];
      const at = `${pointer}/${name}`;
      if (typeof check !== "function") return faultsOf(value, check, at);
      return check(value) ? [] : { pointer: at, detail: "is malformed" };
    }),
  ];
}
