import { Misuse } from "../misuse.ts";

/** @throws TypeError when JSON would say nothing, or an empty object, in the value's place. */
export function checkJson(value: unknown): void {
  const kind = lostKind(value);
  if (!kind) return;
  const hint = kind === "promise" ? "; did you forget await?" : "";
  throw new Misuse(`json: give a value that JSON has, not ${kind}${hint}`);
}

/**
 * The value as JSON.
 * @throws TypeError where JSON would lose a part of it without a word; whatever its `toJSON` throws.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    // A member without a value is left out on purpose, more often than not.
    if (part !== undefined) checkJson(part);
    return part;
  }) as string | undefined;
  if (text === undefined) checkJson(undefined);
  return text as string;
}

function lostKind(value: unknown): string | undefined {
  const type = typeof value;
  if (["undefined", "function", "symbol", "bigint"].includes(type)) return type;
  if (typeof (value as { then?: unknown } | null)?.then === "function") return "promise";
  // By its name: a runner of tests may have a Map of its own.
  return /^\[object ((?:Weak)?(?:Map|Set))\]$/.exec(Object.prototype.toString.call(value))?.[1];
}
