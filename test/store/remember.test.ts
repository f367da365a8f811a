import { expect, test } from "vitest";
import { remember } from "../../src/store/remember.ts";

function counting(most: number) {
  const made: string[] = [];
  const of = remember(most, (key: string) => {
    made.push(key);
    return { key };
  });
  return { of, made };
}

test("what is asked for again is the same, and made once", () => {
  const { of, made } = counting(4);
  expect(of("a")).toBe(of("a"));
  expect(of("b")).toEqual({ key: "b" });
  expect(made).toEqual(["a", "b"]);
});

test("no more are kept than so many: of the others each is made anew", () => {
  const { of, made } = counting(4);
  const asked = Array.from({ length: 100 }, (_, at) => `${at}`);
  for (const key of asked) of(key);
  made.length = 0;
  for (const key of asked.toReversed()) of(key);
  expect(asked.length - made.length).toBeLessThanOrEqual(4);
  expect(made).toContain("0");
});

test("who is asked for again and again is never forgotten, however many come between", () => {
  const { of, made } = counting(4);
  for (let at = 0; at < 100; at += 1) {
    of("always");
    of(`once ${at}`);
  }
  expect(made.filter((key) => key === "always")).toHaveLength(1);
});
