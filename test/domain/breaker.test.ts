import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterFailure,
  afterSuccess,
  type Breaker,
  deletionsToOpen,
  failuresToOpen,
  mayProbe,
  probePause,
  roomOf,
  untouched,
} from "../../src/domain/breaker.ts";

const fail = (breaker: Breaker, ids: readonly string[], now = 0) =>
  ids.reduce((after, id) => afterFailure(after, id, now), breaker);
const ids = (count: number, of = count) => Array.from({ length: count }, (_, at) => `d${at % of}`);
const open = fail(untouched, ids(failuresToOpen), 1_000);

describe("opening", () => {
  test("a run of failures of several deletions opens it, and one less does not", () => {
    expect(open).toMatchObject({ state: "open", since: 1_000 });
    expect(fail(untouched, ids(failuresToOpen - 1)).state).toBe("closed");
  });

  test("a success in between begins the run anew", () => {
    const almost = fail(untouched, ids(failuresToOpen - 1));
    expect(fail(afterSuccess(almost), ids(failuresToOpen - 1)).state).toBe("closed");
  });

  test("one deletion that fails again and again uses up its attempts, and is nobody else's affair", () => {
    expect(fail(untouched, ids(1_000, deletionsToOpen - 1)).state).toBe("closed");
    expect(fail(untouched, ids(1_000, deletionsToOpen)).state).toBe("open");
  });

  test("what is remembered of a run is bounded", () => {
    const breaker = fail(untouched, ids(9, 3));
    expect(breaker.state === "closed" && breaker.hit.length).toBe(3);
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), (run) => {
        const after = fail(untouched, run);
        return after.state === "open" || after.hit.length <= deletionsToOpen;
      }),
    );
  });
});

describe("open", () => {
  test("nothing but a probe may be called, and that not at once", () => {
    expect(roomOf(open, 16, 1_000_000)).toBe(0);
    expect(mayProbe(open, 1_000)).toBe(false);
    expect(mayProbe(open, 2_000)).toBe(true);
    expect(mayProbe(untouched, 2_000)).toBe(false);
  });

  test("neither calls that were on their way nor more failures move it", () => {
    expect(afterSuccess(open)).toBe(open);
    expect(afterFailure(open, "other", 9_000)).toBe(open);
  });

  test("however long a probe takes, the service is called within 15 s of its return if its timeout is 10 s", () => {
    const took = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      // At worst it comes back just after a probe has begun.
      fc.property(took, (tookMs) => tookMs + probePause(tookMs) <= 11_000),
    );
    expect(probePause(0)).toBe(5_000);
  });
});

describe("closed again", () => {
  const closed: Breaker = { ...untouched, since: 5_000 } as Breaker;

  test("room begins with one call and grows to all of it within seconds, never shrinking", () => {
    expect(roomOf(closed, 16, 5_000)).toBe(1);
    expect(roomOf(closed, 16, 7_000)).toBe(16);
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.integer({ min: 1, max: 500 }),
        (a, b, room) => {
          const [early, late] = [Math.min(a, b), Math.max(a, b)];
          const [before, after] = [early, late].map((at) => roomOf(closed, room, 5_000 + at));
          return (before ?? 0) >= 1 && (before ?? 0) <= (after ?? 0) && (after ?? 0) <= room;
        },
      ),
    );
  });

  test("one that never opened has all its room at once", () => {
    expect(roomOf(untouched, 16, 0)).toBe(16);
  });

  test("a clock that seems to run backwards leaves one call", () => {
    expect(roomOf(closed, 16, 4_000)).toBe(1);
  });
});
