import { expect, test } from "vitest";
import { isObject, objectAt } from "../../scripts/generate/document.ts";
import { bodies, codeOf, contract, errorExamples } from "./documents.ts";

const table = objectAt(contract.common, "x-error-codes");
const rows = Object.keys(table).map((code) => ({ code, ...objectAt(table, code) }) as Row);

interface Row {
  code: string;
  status: number | null;
  used_in: string[];
}

const answered = new Set(errorExamples.map(({ value }) => codeOf(value)));
const entries = new Set(
  bodies
    .filter(({ operation, status }) => operation === "getStatus" && status === "200")
    .flatMap(({ examples }) => examples.map(([, value]) => (isObject(value) ? value.errors : [])))
    .flatMap((errors) => (Array.isArray(errors) ? errors : []))
    .map((entry) => (isObject(entry) ? entry.code : undefined)),
);

test("a code that decides an answer is answered by some operation", () => {
  const expected = rows.filter(({ status }) => status !== null);
  expect([...answered].sort()).toEqual(expected.map(({ code }) => code).sort());
});

test("a code without a status is never answered", () => {
  const kept = rows.filter(({ status }) => status === null);
  expect(kept.filter(({ code }) => answered.has(code))).toEqual([]);
});

test("the codes that stand beside the portal's data are those of the table", () => {
  const expected = rows.filter(({ used_in }) => used_in.includes("status_entry"));
  expect([...entries].sort()).toEqual(expected.map(({ code }) => code).sort());
});

test("a code without a status stands only beside data or in a part", () => {
  const places = rows.filter(({ status }) => status === null).flatMap(({ used_in }) => used_in);
  expect(places.filter((place) => place === "portal" || place === "problem")).toEqual([]);
  expect(places.length).toBeGreaterThan(0);
});
