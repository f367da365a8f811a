import fc from "fast-check";
import { expect, test } from "vitest";
import {
  advance,
  ask,
  begin,
  breakOff,
  finish,
  postpone,
  settle,
  type Told,
  type WorkRecord,
} from "../../sdk/src/work/record.ts";

interface Asked {
  attempt: number;
  before: string;
}
type Record = WorkRecord<Asked>;

const done: Told = { state: "deleted" };
const failed: Told = { state: "delete_failed" };

const event = fc.oneof(
  fc.record({ kind: fc.constant("ask" as const), attempt: fc.nat(5), before: fc.nat(9) }),
  fc.record({ kind: fc.constant("begin" as const) }),
  // Of any run that was ever begun: those that were taken over end too.
  fc.record({
    kind: fc.constantFrom("finish" as const, "advance" as const, "breakOff" as const),
    run: fc.nat(6),
    told: fc.constantFrom(done, failed, undefined),
  }),
  fc.record({
    kind: fc.constantFrom("settle" as const, "postpone" as const),
    asks: fc.nat(8),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

function apply(record: Record | undefined, given: Event): Record | undefined {
  if (given.kind === "ask") {
    const { attempt, before } = given;
    return ask(record, { attempt, before: `2026-01-0${before + 1}` }, 0);
  }
  if (!record) return undefined;
  switch (given.kind) {
    case "begin":
      return record.state === "due" ? begin(record) : undefined;
    case "finish":
      return finish(record, given.run, given.told, 0);
    case "advance":
      return advance(record, given.run, { done: 1 });
    case "breakOff":
      return breakOff(record, given.run);
    case "settle":
      return settle(record, given.asks);
    case "postpone":
      return postpone(record, given.asks);
  }
}

test("whatever happens in whatever order, what is done stays done, and no fence moves up", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let record: Record | undefined;
      let isDone = false;
      let least = "9999";
      for (const given of events) {
        const after = apply(record, given);
        if (!after) continue;
        if (given.kind === "ask") {
          const before = `2026-01-0${given.before + 1}`;
          if (before < least) least = before;
          // Whatever is asked is to be told again.
          expect(after.state).not.toBe("settled");
        }
        if (isDone) expect(after.state).not.toBe("due");
        expect(after.before).toBe(least);
        expect("asked" in after).toBe(after.state !== "settled");
        expect(after.lost).toBeGreaterThanOrEqual(0);
        if (after.state === "unreported" && after.told === done) isDone = true;
        record = after;
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a run that was taken over ends nothing, and a report of an older call settles nothing", () => {
  const asked = (attempt: number) => ({ attempt, before: "2026-01-01" });
  const first = begin(ask<Asked>(undefined, asked(1), 0) as Record & { state: "due" });
  const second = begin(first);
  expect(finish<Asked>(second, first.runs, done, 0)).toBeUndefined();
  const ended = finish<Asked>(second, second.runs, done, 0) as Record;
  const askedAgain = ask(ended, asked(2), 0);
  expect(settle(askedAgain, ended.asks)).toBeUndefined();
  expect(settle(askedAgain, askedAgain.asks)).toMatchObject({ state: "settled", told: done });
});

test("what was refused as not done is run again when it is asked for again, and not before", () => {
  const asked = { attempt: 1, before: "2026-01-01" };
  const due = begin(ask<Asked>(undefined, asked, 0) as Record & { state: "due" });
  const ended = finish<Asked>(due, due.runs, done, 0) as Record;
  const settled = settle(ended, ended.asks, true) as Record;
  expect(settled).toEqual({ asks: 1, runs: 1, lost: 0, before: asked.before, state: "settled" });
  expect(ask(settled, { attempt: 2, before: "2026-02-01" }, 0)).toMatchObject({
    state: "due",
    before: asked.before,
  });
});

test("a report bears the newest attempt, whichever call comes last", () => {
  const asked = (attempt: number) => ({ attempt, before: "2026-01-01" });
  const record = ask(ask<Asked>(undefined, asked(3), 0), asked(2), 0);
  expect(record).toMatchObject({ asked: { attempt: 3 }, asks: 2 });
});

test("what is settled bears nothing that may name a person", () => {
  const files = [{ name: "Ada.json" }];
  const due = begin(
    ask<Asked>(undefined, { attempt: 1, before: "2026-01-01" }, 0) as Record & { state: "due" },
  );
  const ended = finish<Asked>(due, 1, { state: "exported", files }, 0) as Record;
  expect(JSON.stringify(settle(ended, 1))).not.toContain("Ada");
});
