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
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(value) &&
  Number.isFinite(Date.parse(value));
export const isBoolean: Check = (value) => typeof value === "boolean";
export const isAttempt: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isError: Check = (value) => {
  const { code, message, ...more } = (value ?? {}) as Body;
  return isText(256)(code) && typeof message === "string" && Object.keys(more).length === 0;
};

/**
 * Reads a body as the hub does: every field that is required, none that is not known, each well formed.
 * @throws Refusal `bad_request` naming every fault.
 */
export function readFields(
  json: unknown,
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>>,
): Body {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Refusal("bad_request", { faults: [{ pointer: "", detail: "must be object" }] });
  }
  const body = json as Body;
  const checks = { ...required, ...optional };
  const faults: Fault[] = [
    ...Object.keys(required)
      .filter((name) => body[name] === undefined)
      .map((name) => ({ pointer: "", detail: `must have required property '${name}'` })),
    ...Object.entries(body).flatMap(([name, value]) => {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (!check) return { pointer: "", detail: "must NOT have additional properties" };
      return value === undefined || check(value)
        ? []
        : { pointer: `/${name}`, detail: "is malformed" };
    }),
  ];
  if (faults.length) throw new Refusal("bad_request", { faults });
  return body;
}
