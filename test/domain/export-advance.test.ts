import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceExport, type ExportAdvance } from "../../src/domain/export-advance.ts";
import { applyExportOutcome, type ExportOutcome } from "../../src/domain/export-outcome.ts";
import { isOpenExportPart, withExportChanges } from "../../src/domain/export-part.ts";
import type { ExportView } from "../../src/domain/export-plan.ts";
import { planExportRetry } from "../../src/domain/export-retry.ts";
import type { Delivery, StepResult } from "../../src/domain/export-step.ts";
import { exportPartOf } from "./export-samples.ts";
import { registryOf, rulesOf } from "./samples.ts";

const hour = 3_600_000;
const registry = registryOf({ name: "rides" }, { name: "realty" });
const deadlineMs = 72 * hour;

function viewOf(fields: Partial<ExportView> = {}): ExportView {
  return {
    delivery: "store",
    deadlineAt: deadlineMs,
    gatheredAt: null,
    parts: [exportPartOf({ service: "realty" }), exportPartOf({ service: "rides" })],
    step: null,
    work: { attempt: 0, failures: 0, dueAt: 0, leasedUntil: null },
    errorCode: null,
    ...fields,
  };
}

const options = { registry, now: 0, random: 0.5, deadlineMs, access: () => true, hasTime: true };

function after(view: ExportView, next: ExportAdvance): ExportView {
  const { step, work, gatheredAt, errorCode } = next;
  return {
    ...view,
    parts: withExportChanges(view.parts, next.changes),
    step,
    work,
    gatheredAt,
    errorCode,
  };
}

describe("gathering", () => {
  test("asks every service at once, and wakes when the leases of the calls end", () => {
    const next = advanceExport(viewOf(), [], null, options);
    expect(next.calls.map(({ part }) => [part.service, part.attempt, part.state])).toEqual([
      ["realty", 1, "calling"],
      ["rides", 1, "calling"],
    ]);
    expect(next).toMatchObject({ step: null, closing: null, jobAt: null });
    expect(next.wakeAt).toBe(60_000); // the call's timeout and what it takes to record
  });

  test("parks what finds no room, and leaves to the queue what is not to be called here", () => {
    const parked = advanceExport(viewOf(), [], null, { ...options, access: () => false });
    expect(parked.calls).toEqual([]);
    expect(parked.changes.map(({ part }) => part.parkedAt)).toEqual([0, 0]);
    const planned = advanceExport(viewOf(), [], null, { ...options, access: null });
    expect(planned).toMatchObject({ changes: [], jobAt: 0 });
  });

  test("leaves a service alone that is not configured to give copies, until the deadline", () => {
    const only = {
      ...options,
      registry: registryOf({ name: "rides" }, { name: "realty", export: false }),
    };
    const next = advanceExport(viewOf(), [], null, only);
    expect(next.calls.map(({ part }) => part.service)).toEqual(["rides"]);
    const late = advanceExport(viewOf(), [], null, { ...only, now: deadlineMs });
    expect(late.changes.map(({ part }) => [part.service, part.state])).toEqual([
      ["realty", "export_failed"],
      ["rides", "export_failed"],
    ]);
    expect(late.closing).toEqual({ state: "failed", errorCode: null });
  });
});

describe("what it comes to", () => {
  const closed = (...states: ("exported" | "no_data" | "export_failed")[]) =>
    viewOf({
      parts: states.map((state, at) => exportPartOf({ service: `s${at}`, state, closedAt: 1 })),
    });
  test.each([
    [[], "no_data"],
    [["no_data", "no_data"], "no_data"],
    [["no_data", "export_failed"], "failed"],
    [["export_failed"], "failed"],
  ] as const)("%j is %s at once", (states, state) => {
    const next = advanceExport(closed(...states), [], null, options);
    expect(next).toMatchObject({ closing: { state }, claimed: null, wakeAt: null, jobAt: null });
  });
  test.each([
    [["exported", "no_data"], "ready"],
    [["exported", "export_failed"], "partial"],
  ] as const)("%j is %s when the archive is built", (states, state) => {
    const begun = advanceExport(closed(...states), [], null, options);
    expect(begun).toMatchObject({
      closing: null,
      step: "build",
      claimed: { step: "build", attempt: 1 },
    });
    const built = { step: "build", attempt: 1, kind: "done" } as const;
    const next = advanceExport(after(closed(...states), begun), [], built, options);
    expect(next).toMatchObject({ closing: { state, errorCode: null }, wakeAt: null });
  });
});

describe("steps", () => {
  const gathered = (delivery: Delivery) =>
    viewOf({ delivery, parts: [exportPartOf({ state: "exported", closedAt: 1 })] });

  test("follow each other, each claimed once and none done twice", () => {
    let view = gathered("portal");
    let result: StepResult | null = null;
    const claimed: unknown[] = [];
    for (;;) {
      const next = advanceExport(view, [], result, options);
      view = after(view, next);
      if (next.closing) break;
      claimed.push(next.claimed);
      result = {
        step: next.claimed?.step ?? "build",
        attempt: next.claimed?.attempt ?? 0,
        kind: "done",
      };
    }
    expect(claimed).toEqual([
      { step: "push", attempt: 1 },
      { step: "done", attempt: 2 },
      { step: "notify", attempt: 3 },
    ]);
  });

  test("that are leased are nobody else's, and a lost one is claimed anew with a higher attempt", () => {
    const view = after(gathered("store"), advanceExport(gathered("store"), [], null, options));
    expect(advanceExport(view, [], null, { ...options, now: 59_999 }).claimed).toBeNull();
    const again = advanceExport(view, [], null, { ...options, now: 60_000 });
    expect(again.claimed).toEqual({ step: "build", attempt: 2 });
    const stale = { step: "build", attempt: 1, kind: "done" } as const;
    expect(
      advanceExport(after(view, again), [], stale, { ...options, now: 60_001 }).closing,
    ).toBeNull();
  });

  test("that fail are tried again with backoff, until long after all was gathered", () => {
    const view = after(gathered("store"), advanceExport(gathered("store"), [], null, options));
    const failed = {
      step: "build",
      attempt: 1,
      kind: "failed",
      code: "storage_full",
      retryAfterMs: 0,
    } as const;
    const next = advanceExport(view, [], failed, { ...options, now: 5 });
    expect(next).toMatchObject({
      step: "build",
      errorCode: "storage_full",
      claimed: null,
      closing: null,
    });
    expect(next.jobAt).toBe(505);
    const last = advanceExport(view, [], failed, { ...options, now: deadlineMs });
    expect(last).toMatchObject({
      closing: { state: "failed", errorCode: "storage_full" },
      step: "build",
    });
  });

  test("that nobody can be at are claimed by nobody, and end with the reason when their time is over", () => {
    const view = after(gathered("store"), advanceExport(gathered("store"), [], null, options));
    const hindered = { ...options, hinderedBy: "workers_lost" };
    expect(advanceExport(gathered("store"), [], null, hindered)).toMatchObject({
      step: "build",
      claimed: null,
      closing: null,
    });
    const soon = { ...hindered, now: deadlineMs - 1 };
    expect(advanceExport(view, [], null, soon)).toMatchObject({ claimed: null, closing: null });
    const over = { ...hindered, now: deadlineMs };
    expect(advanceExport(view, [], null, over)).toMatchObject({
      step: "build",
      closing: { state: "failed", errorCode: "workers_lost" },
    });
    const leased = { ...view, work: { ...view.work, leasedUntil: deadlineMs + 1 } };
    expect(advanceExport(leased, [], null, over).closing).toBeNull();
  });

  test("of services that give more files than an archive takes leave whole services out, with the most files", () => {
    const parts = [2, 10_000, 9_999, 10_000, 10_000, 10_000, 10_000].map((files, at) =>
      exportPartOf({ service: `s${at}`, state: "exported", closedAt: 1, files }),
    );
    const begun = after(viewOf({ parts }), advanceExport(viewOf({ parts }), [], null, options));
    const claim = { step: "build", attempt: 1 } as const;
    const told = advanceExport(begun, [], { ...claim, kind: "without_room" }, options);
    expect(told.changes.map(({ part }) => [part.service, part.state, part.errorCode])).toEqual([
      ["s5", "export_failed", "too_many_files"],
      ["s6", "export_failed", "too_many_files"],
    ]);
    expect(told).toMatchObject({ closing: null, claimed: { step: "build", attempt: 2 } });
    const stale = advanceExport(
      after(begun, told),
      [],
      { ...claim, kind: "without_room" },
      options,
    );
    expect(stale).toMatchObject({ changes: [], claimed: null });
    const built = { step: "build", attempt: 2, kind: "done" } as const;
    const next = advanceExport(after(begun, told), [], built, options);
    expect(next.closing).toEqual({ state: "partial", errorCode: null });
  });

  test("that this process has no time for are left to the queue at once", () => {
    const next = advanceExport(gathered("store"), [], null, { ...options, hasTime: false });
    expect(next).toMatchObject({ step: "build", claimed: null, jobAt: 0 });
  });
});

describe("a retry", () => {
  const known = () => true;
  test("calls what failed again, and goes through all steps anew", () => {
    const parts = [
      exportPartOf({ service: "rides", state: "export_failed", failures: 3, attempt: 7 }),
      exportPartOf({ service: "realty", state: "exported" }),
    ];
    const retry = planExportRetry(viewOf({ parts, gatheredAt: 5 }), 10, deadlineMs, known);
    expect(
      retry?.changes.map(({ part }) => [part.service, part.state, part.failures, part.attempt]),
    ).toEqual([["rides", "due", 0, 7]]);
    expect(retry?.view).toMatchObject({
      step: null,
      gatheredAt: null,
      deadlineAt: 10 + deadlineMs,
    });
  });
  test("of a step that failed goes on there", () => {
    const parts = [exportPartOf({ state: "exported" })];
    const retry = planExportRetry(viewOf({ parts, step: "done" }), 10, deadlineMs, known);
    expect(retry).toMatchObject({ changes: [], view: { step: "done", gatheredAt: 10 } });
  });
  test("has nothing to do where nothing failed, or what did is not known any more", () => {
    const whole = viewOf({ parts: [exportPartOf({ state: "exported" })] });
    expect(planExportRetry(whole, 10, deadlineMs, known)).toBeNull();
    const gone = viewOf({ parts: [exportPartOf({ state: "export_failed" })] });
    expect(planExportRetry(gone, 10, deadlineMs, () => false)).toBeNull();
  });
});

test("whatever services answer, in whatever order, it ends; every call has a new attempt and no step is done twice", () => {
  const answers: readonly ExportOutcome[] = [
    { kind: "accepted" },
    { kind: "no_data" },
    { kind: "data", files: [], amiss: null },
    { kind: "denied", reason: null },
    { kind: "failed", code: "x", retryAfterMs: 0 },
    { kind: "not_kept", code: "x" },
    { kind: "refused", code: "x" },
  ];
  const move = fc.record({
    pick: fc.nat(),
    answer: fc.constantFrom(...answers),
    step: fc.constantFrom("done", "failed", "lost" as const),
    passMs: fc.constantFrom(0, 1, 30_000, 120_000, hour),
  });
  fc.assert(
    fc.property(
      fc.constantFrom<Delivery>("store", "portal"),
      fc.array(move, { maxLength: 60 }),
      (delivery, moves) => {
        let view = viewOf({ delivery });
        let now = 0;
        const calls: [string, number][] = [];
        const done: string[] = [];
        const underWay: { service: string; attempt: number }[] = [];
        let claimed: ExportAdvance["claimed"] = null;
        let isClosed = false;
        const take = (next: ExportAdvance) => {
          for (const { part } of next.calls) {
            calls.push([part.service, part.attempt]);
            underWay.push(part);
          }
          done.push(
            ...next.events.flatMap(({ event, from }) =>
              event === "step_done" ? [String(from)] : [],
            ),
          );
          if (next.claimed) claimed = next.claimed;
          view = after(view, next);
          if (next.closing) isClosed = true;
          if (next.closing)
            expect(view.parts.some(({ state }) => isOpenExportPart(state))).toBe(false);
          else expect(next.wakeAt).not.toBeNull();
        };
        take(advanceExport(view, [], null, { ...options, now }));
        const end = {
          pick: 0,
          answer: answers[1] as ExportOutcome,
          step: "done" as const,
          passMs: 100 * hour,
        };
        for (const { pick, answer, step, passMs } of [...moves, ...Array(12).fill(end)]) {
          if (isClosed) break;
          now += passMs;
          const [call] = underWay.splice(pick % Math.max(1, underWay.length), 1);
          const part = view.parts.find(({ service }) => service === call?.service);
          const on = { rules: rulesOf(), now, random: 0.5 };
          const change = call && part && applyExportOutcome(part, call.attempt, answer, on);
          const held = claimed as ExportAdvance["claimed"];
          const result = held && step !== "lost" ? { ...held, ...toResult(step) } : null;
          if (result) claimed = null;
          take(advanceExport(view, change ? [change] : [], result, { ...options, now }));
        }
        expect(isClosed).toBe(true);
        expect(new Set(calls.map(String)).size).toBe(calls.length);
        expect(new Set(done).size).toBe(done.length);
      },
    ),
  );
});

function toResult(step: "done" | "failed") {
  return step === "done"
    ? ({ kind: "done" } as const)
    : ({ kind: "failed", code: "x", retryAfterMs: 0 } as const);
}
