import { expect, test } from "vitest";
import { rememberTickets } from "../../src/http/tickets/remembered.ts";

test("no more than the capacity is held, and what was seen last stays", () => {
  const remembered = rememberTickets<number>(3, () => 0);
  for (let n = 0; n < 100; n++) {
    remembered.add(`token-${n}`, n, 1_000);
    remembered.find("token-0");
    expect(remembered.size()).toBeLessThanOrEqual(3);
  }
  expect(remembered.find("token-0")).toBe(0);
  expect(remembered.find("token-99")).toBe(99);
  expect(remembered.find("token-97")).toBeUndefined();
});

test("what has expired is neither found nor held", () => {
  const clock = { ms: 0 };
  const remembered = rememberTickets<string>(3, () => clock.ms);
  remembered.add("token", "value", 1_000);
  clock.ms = 999;
  expect(remembered.find("token")).toBe("value");
  clock.ms = 1_000;
  expect(remembered.find("token")).toBeUndefined();
  expect(remembered.size()).toBe(0);
});

test("adding one again takes no second place", () => {
  const remembered = rememberTickets<number>(2, () => 0);
  remembered.add("other", 0, 1_000);
  remembered.add("token", 1, 1_000);
  remembered.add("token", 2, 1_000);
  expect(remembered.find("other")).toBe(0);
  expect(remembered.find("token")).toBe(2);
});

test("an overlong ticket takes no memory, nor does any where nothing shall be remembered", () => {
  const remembered = rememberTickets<number>(3, () => 0);
  remembered.add("x".repeat(2_049), 1, 1_000);
  expect(remembered.size()).toBe(0);
  const none = rememberTickets<number>(0, () => 0);
  none.add("token", 1, 1_000);
  expect(none.size()).toBe(0);
});
