import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTurns, type TurnEnd } from "../../src/worker/turns.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Turns that end when the test says so. */
function startTurns(atOnce: number) {
  const begun: string[] = [];
  const ends = new Map<string, (end: TurnEnd) => void>();
  const { ask } = createTurns(atOnce, (name) => {
    begun.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  });
  const end = async (name: string, how: TurnEnd) => {
    ends.get(name)?.(how);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { begun, ask, end };
}

test("few have their turn at once, in the order of asking, and nobody has two", async () => {
  const { begun, ask, end } = startTurns(2);
  for (const name of ["a", "b", "c", "a", "d"]) ask(name);
  expect(begun).toEqual(["a", "b"]);
  await end("b", "done");
  expect(begun).toEqual(["a", "b", "c"]);
  await end("a", "done");
  expect(begun).toEqual(["a", "b", "c", "a"]);
  await end("c", "done");
  expect(begun).toEqual(["a", "b", "c", "a", "d"]);
});

test("who has more to do has its next turn after those who wait", async () => {
  const { begun, ask, end } = startTurns(1);
  for (const name of ["a", "b"]) ask(name);
  await end("a", "more");
  await end("b", "more");
  await end("a", "more");
  expect(begun).toEqual(["a", "b", "a", "b"]);
});

test("who found others there has its next turn a moment later, however often it asks", async () => {
  const { begun, ask, end } = startTurns(1);
  ask("a");
  ask("a");
  await end("a", "busy");
  ask("a");
  expect(begun).toEqual(["a"]);
  vi.runAllTimers();
  expect(begun).toEqual(["a", "a"]);
});

test("after a turn it rests for as long as the turn took", async () => {
  const { begun, ask, end } = startTurns(1);
  ask("a");
  ask("b");
  await vi.advanceTimersByTimeAsync(100);
  await end("a", "done");
  await vi.advanceTimersByTimeAsync(99);
  expect(begun).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toEqual(["a", "b"]);
});

test("what is asked for during a turn is seen to after it", async () => {
  const { begun, ask, end } = startTurns(1);
  ask("a");
  ask("a");
  await end("a", "done");
  expect(begun).toEqual(["a", "a"]);
  await end("a", "done");
  expect(begun).toEqual(["a", "a"]);
});
