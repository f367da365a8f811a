import type { z } from "zod";
import { type Fault, quote } from "./fault.ts";

type Issue = z.core.$ZodIssue;

const words: Record<string, string> = {
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
  number: "a number",
  int: "a whole number",
};

/** Says in our own words what zod found, one fault for each unknown key. */
export function explainIssue(issue: Issue): Fault[] {
  const path = issue.path.map((segment) =>
    typeof segment === "symbol" ? String(segment) : segment,
  );
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "unknown key" }));
  }
  return [{ path, message: explain(issue) }];
}

function explain(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return explainType(issue.expected, issue.input);
    case "invalid_value":
      return `expected one of ${issue.values.join(", ")}, got ${quote(issue.input)}`;
    case "invalid_union":
      return `expected one of ${driversOf(issue)}, got ${quote((issue.input as { driver?: unknown }).driver)}`;
    case "too_small":
      return issue.origin === "number" ? `must be at least ${issue.minimum}` : "must not be empty";
    case "too_big":
      return issue.origin === "number"
        ? `must be at most ${issue.maximum}`
        : `must not have more than ${issue.maximum} ${issue.origin === "string" ? "characters" : "entries"}`;
    case "invalid_format":
      return `expected 1 to 64 letters, digits, ".", "_" or "-", got ${quote(issue.input)}`;
    case "invalid_key":
      return "expected the number of a client";
    default:
      return issue.message;
  }
}

function explainType(expected: string, input: unknown): string {
  if (input === undefined) return "is required";
  const hint =
    expected === "string" && typeof input === "number" ? `; write it in quotes, "${input}"` : "";
  return `expected ${words[expected] ?? expected}, got ${quote(input)}${hint}`;
}

function driversOf(issue: Issue & { code: "invalid_union" }): string {
  return "options" in issue && Array.isArray(issue.options)
    ? issue.options.join(", ")
    : "the known drivers";
}
