import fc from "fast-check";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBoundedKeys } from "../../src/domain/bounded-keys.ts";
import { createLimit, type Limit } from "../../src/http/limits/limit.ts";
import { createLimits } from "../../src/http/limits/limits.ts";

const twoAnHour = { count: 2, perMs: 3_600_000 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function takeAll(limit: Limit, keys: Iterable<string>): Promise<(number | null)[]> {
  const taken: (number | null)[] = [];
  for (const key of keys) taken.push(await limit.take(key));
  return taken;
}

function* users(count: number): Generator<string> {
  for (let n = 0; n < count; n++) yield String(1_000_000_000 + n);
}

test("of a million users who come within one window a hundred thousand are counted, not more", async () => {
  // Only these timers are the system's own: a million false ones take half a minute.
  vi.useRealTimers();
  const { user } = createLimits({ portal: twoAnHour, user: twoAnHour, service: twoAnHour });
  let count = 0;
  for (const uid of users(1_000_000)) {
    await user.take(uid);
    count += 1;
    if (count % 250_000 === 0) expect(user.size()).toBe(100_000);
  }
});

test("who comes again and again stays limited, however many others come between", async () => {
  const limit = createLimit(twoAnHour, 100);
  await takeAll(limit, ["flooder", "flooder", "flooder"]);
  let refused = 0;
  for (const uid of users(10_000)) {
    await limit.take(uid);
    if (Number(uid) % 40 === 0 && (await limit.take("flooder")) !== null) refused += 1;
  }
  expect(refused).toBe(250);
});

test("who was forgotten among too many passes again, and nobody is refused for it", async () => {
  const limit = createLimit(twoAnHour, 10);
  await takeAll(limit, ["4001", "4001"]);
  expect(await takeAll(limit, users(100))).toEqual(Array(100).fill(null));
  expect(await takeAll(limit, ["4001", "4001", "4001"])).toEqual([null, null, 3_600]);
});

test("a window that has ended takes no memory", async () => {
  const limit = createLimit(twoAnHour);
  await takeAll(limit, users(1_000));
  expect(limit.size()).toBe(1_000);
  vi.advanceTimersByTime(3_600_000);
  expect(limit.size()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("requests that were refused do not make the wait longer", async () => {
  const limit = createLimit(twoAnHour);
  const begun = Array(50).fill("4001");
  await takeAll(limit, begun);
  vi.advanceTimersByTime(3_000_000);
  expect(await takeAll(limit, begun)).toEqual(Array(50).fill(600));
  vi.advanceTimersByTime(600_000);
  expect(await takeAll(limit, ["4001", "4001", "4001"])).toEqual([null, null, 3_600]);
});

test("a wall clock that is set back makes nobody wait for longer than a window", async () => {
  const limit = createLimit(twoAnHour);
  await takeAll(limit, ["4001", "4001"]);
  vi.setSystemTime(Date.now() - 86_400_000);
  expect(await limit.take("4001")).toBe(3_600);
  vi.advanceTimersByTime(3_600_000);
  expect(await limit.take("4001")).toBe(null);
});

test("what is given back may be taken once more, and of a key that is not counted it is nothing", async () => {
  const limit = createLimit(twoAnHour);
  await takeAll(limit, ["passport", "passport"]);
  await limit.giveBack("passport");
  expect(await takeAll(limit, ["passport", "passport"])).toEqual([null, 3_600]);
  await limit.giveBack("nobody");
  expect(limit.size()).toBe(1);
  expect(await takeAll(limit, ["nobody", "nobody", "nobody"])).toEqual([null, null, 3_600]);
});

test("a user is counted under a hash that no two processes share", async () => {
  const consumed = vi.spyOn(RateLimiterMemory.prototype, "consume");
  for (const _process of ["one", "another"]) {
    const { user } = createLimits({ portal: twoAnHour, user: twoAnHour, service: twoAnHour });
    await takeAll(user, ["4001", "4001"]);
  }
  const keys = consumed.mock.calls.map(([key]) => key as string);
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
  expect(keys[0]).toBe(keys[1]);
  expect(new Set(keys).size).toBe(2);
});

test("keys: never more than the capacity, never without the last seen, and each that goes is told once", () => {
  const key = fc.integer({ min: 0, max: 12 }).map(String);
  const act = fc.oneof(
    { weight: 4, arbitrary: key },
    key.map((dropped) => ({ dropped })),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(act, { maxLength: 200 }),
      (capacity, acts) => {
        const held = new Set<string>();
        const bounded = createBoundedKeys(capacity, (gone) => {
          expect(held.size).toBe(capacity);
          expect(held.delete(gone)).toBe(true);
        });
        for (const next of acts) {
          if (typeof next === "string") {
            bounded.see(next);
            held.add(next);
            expect(bounded.has(next)).toBe(true);
          } else {
            bounded.drop(next.dropped);
            held.delete(next.dropped);
            expect(bounded.has(next.dropped)).toBe(false);
          }
          expect(bounded.size()).toBe(held.size);
          expect(held.size).toBeLessThanOrEqual(capacity);
        }
        for (const one of held) expect(bounded.has(one)).toBe(true);
      },
    ),
  );
});
