import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpen, partStates } from "../../src/domain/part.ts";
import { decideReport, type Report, type ReportView } from "../../src/domain/report.ts";
import { partOf, rulesOf } from "./samples.ts";

const fence = 1_000_000;
/** When the newest deletion was accepted, where it is a retry with the fence of another. */
const retriedAt = 1_500_000;
const now = 2_000_000;
const on = { rules: rulesOf({ attempts: 3 }), now, random: 0.5 };

function reportOf(fields: Partial<Report> = {}): Report {
  return {
    state: "deleted",
    deletionId: null,
    attempt: null,
    outcome: "erased",
    retainedUntil: null,
    reason: null,
    errorCode: null,
    isRetriable: true,
    completedAt: null,
    to: null,
    ...fields,
  };
}

type Newest = NonNullable<ReportView["newest"]>;

function viewOf(part: Partial<Newest["part"]>, fields: Partial<ReportView> = {}): ReportView {
  const full = partOf({ attempt: 2, ...part });
  return {
    newest: { deletionId: "newest", acceptedAt: fence, fenceAt: fence, part: full },
    isCategoryOpen: isOpen(full.state),
    isCategoryKnown: true,
    isConfigured: true,
    ...fields,
  };
}

function asRetry(view: ReportView): ReportView {
  return { ...view, newest: view.newest && { ...view.newest, acceptedAt: retriedAt } };
}

/** The same view once a decision has been carried out, all other parts of the category being closed. */
function afterwards(view: ReportView, decision: ReturnType<typeof decideReport>): ReportView {
  if (decision.kind !== "moves" || view.newest === null) return view;
  const { part } = decision.change;
  return { ...view, newest: { ...view.newest, part }, isCategoryOpen: isOpen(part.state) };
}

const moments = [
  ...[null, fence - 1, fence, fence + 5],
  ...[retriedAt - 1, retriedAt, retriedAt + 5, now + 9_000],
] as const;

const anyReport: fc.Arbitrary<Report> = fc.record({
  state: fc.constantFrom("deleted" as const, "delete_failed" as const),
  deletionId: fc.constantFrom(null, "newest", "older"),
  attempt: fc.constantFrom(null, 0, 1, 2, 3),
  outcome: fc.constantFrom("erased" as const, "anonymized" as const, "retained" as const),
  retainedUntil: fc.constantFrom(null, now + 1),
  reason: fc.constantFrom(null, "debt"),
  errorCode: fc.constantFrom(null, "disk_full"),
  isRetriable: fc.boolean(),
  completedAt: fc.constantFrom(...moments),
  to: fc.constantFrom(...moments),
});

const anyView: fc.Arbitrary<ReportView> = fc
  .record({
    hasPart: fc.boolean(),
    isRetry: fc.boolean(),
    state: fc.constantFrom(...partStates),
    attempt: fc.constantFrom(0, 1, 2),
    failures: fc.constantFrom(0, 1, 2),
    isOtherServiceOpen: fc.boolean(),
    isConfigured: fc.boolean(),
  })
  .map(({ hasPart, isRetry, state, attempt, failures, isOtherServiceOpen, isConfigured }) => {
    const isCategoryKnown = true;
    if (!hasPart)
      return { newest: null, isCategoryOpen: isOtherServiceOpen, isCategoryKnown, isConfigured };
    const isCategoryOpen = isOpen(state) || isOtherServiceOpen;
    const view = viewOf({ state, attempt, failures }, { isCategoryOpen, isConfigured });
    return isRetry ? asRetry(view) : view;
  });

const runs = { numRuns: 3_000 };
const holds = (check: (report: Report, view: ReportView) => void) =>
  fc.assert(fc.property(anyReport, anyView, check), runs);

describe("whatever is reported, and whatever the part has become", () => {
  test("a report of any deletion but the newest is stale", () => {
    holds((report, view) => {
      const isStale = report.deletionId !== null && report.deletionId !== view.newest?.deletionId;
      expect(decideReport(report, view, on).kind === "stale").toBe(isStale);
    });
  });

  test("a part is moved only as the table allows, and only after the hub began to call it", () => {
    holds((report, view) => {
      const decision = decideReport(report, view, on);
      if (decision.kind !== "moves") return;
      expect(view.newest?.part.attempt).toBeGreaterThan(0);
      expect(decision.change.event).toMatch(/^reported_/);
      expect(decision.change.from).toBe(view.newest?.part.state);
    });
  });

  test("nothing leaves `deleted`, and `delete_failed` moves only what is calling or accepted", () => {
    holds((report, view) => {
      const decision = decideReport(report, view, on);
      if (decision.kind !== "moves") return;
      expect(decision.change.from).not.toBe("deleted");
      if (report.state === "delete_failed") {
        expect(["calling", "accepted"]).toContain(decision.change.from);
      } else {
        expect(decision.change.part.state).toBe("deleted");
      }
    });
  });

  test("a `delete_failed` of an older attempt changes nothing; a `deleted` of any attempt counts", () => {
    holds((report, view) => {
      const part = view.newest?.part;
      const isOlder = report.attempt !== null && part && report.attempt < part.attempt;
      if (!isOlder) return;
      const decision = decideReport(report, view, on);
      if (report.state === "delete_failed") expect(decision.kind).not.toBe("moves");
      const newest = decideReport({ ...report, attempt: part.attempt }, view, on);
      if (report.state === "deleted") expect(decision).toEqual(newest);
    });
  });

  test("a repeat of the same report moves nothing more", () => {
    holds((report, view) => {
      const next = afterwards(view, decideReport(report, view, on));
      expect(decideReport(report, next, on).kind).not.toBe("moves");
    });
  });

  test("a repeat that names its deletion decides what it decided before, or nothing", () => {
    holds((report, view) => {
      if (report.deletionId === null) return;
      const first = decideReport(report, view, on);
      const second = decideReport(report, afterwards(view, first), on);
      const isClosedFailure = second.kind === "own_state" && first.kind === "own_state";
      expect(isClosedFailure || second.kind === "recorded" || second.kind === "stale").toBe(true);
    });
  });

  test("a plain report that was finished before the acceptance, or cleaned up to before the fence, moves nothing", () => {
    holds((report, view) => {
      if (report.deletionId !== null || view.newest === null) return;
      const precedes = (at: number | null, moment: number) => at !== null && at < moment;
      const isEarly =
        precedes(report.completedAt, view.newest.acceptedAt) || precedes(report.to, fence);
      if (isEarly) expect(decideReport(report, view, on).kind).not.toBe("moves");
    });
  });

  test("any other plain report decides what it would if it named the deletion, but for what is closed", () => {
    holds((report, view) => {
      if (report.deletionId !== null || view.newest === null) return;
      const { acceptedAt, part } = view.newest;
      const isOwn = (report.completedAt ?? now) >= acceptedAt && (report.to ?? now) >= fence;
      if (!isOwn || part.state === "deleted") return;
      const named = decideReport({ ...report, deletionId: "newest" }, view, on);
      expect(decideReport(report, view, on)).toEqual(named);
    });
  });

  test("a category that the service is not configured for is recorded and moves nothing", () => {
    holds((report, view) => {
      const decision = decideReport(report, { ...view, isConfigured: false }, on);
      expect(["recorded", "stale"]).toContain(decision.kind);
      expect(["recorded", "stale"]).toContain(decideReport(report, view, null).kind);
    });
  });

  test("of a category that only the ledger knows a `deleted` does what it does elsewhere, and no failure is judged", () => {
    holds((report, view) => {
      const unknown = { ...view, isCategoryKnown: false, isConfigured: false };
      const { kind } = decideReport(report, unknown, on);
      const known = decideReport(report, { ...view, isConfigured: true }, on).kind;
      const isNamed = view.newest !== null && report.deletionId !== null;
      const moves = report.state === "deleted" ? "moves" : "elsewhere";
      const inLedger = { moves, own_state: "recorded" }[known as string] ?? known;
      expect(kind).toBe(isNamed ? inLedger : "unknown");
    });
  });

  test("a service's own state comes from `deleted` alone, never while the category is open, never from the future", () => {
    holds((report, view) => {
      const decision = decideReport(report, view, on);
      if (decision.kind !== "own_state") return;
      expect(report.state).toBe("deleted");
      expect(view.isCategoryOpen).toBe(false);
      const fence = view.newest?.fenceAt ?? Number.NEGATIVE_INFINITY;
      const precedes = report.to !== null && report.to < fence;
      const doneAt = report.completedAt ?? (precedes ? (report.to ?? now) : now);
      expect(decision.deletedAt).toBe(Math.min(doneAt, now));
    });
  });

  test("a late repeat that says only `to` is no newer than the failure after it", () => {
    const view = viewOf({ state: "delete_failed", closedAt: now - 10 });
    const late = reportOf({ to: fence - 1 });
    expect(decideReport(late, view, on)).toEqual({ kind: "own_state", deletedAt: fence - 1 });
  });
});

describe("every state of a part × every report", () => {
  const table = {
    waiting: { deleted: "recorded", again: "recorded", finally: "recorded" },
    due: { deleted: "deleted", again: "recorded", finally: "recorded" },
    calling: { deleted: "deleted", again: "due", finally: "delete_failed" },
    accepted: { deleted: "deleted", again: "due", finally: "delete_failed" },
    deleted: { deleted: "recorded", again: "recorded", finally: "recorded" },
    delete_failed: { deleted: "deleted", again: "recorded", finally: "recorded" },
    // Ended by an operator: what the service says is about the user, not about the deletion.
    cancelled: { deleted: "own_state", again: "recorded", finally: "recorded" },
    resolved: { deleted: "own_state", again: "recorded", finally: "recorded" },
  } as const;
  const reports = {
    deleted: { state: "deleted" },
    again: { state: "delete_failed" },
    finally: { state: "delete_failed", isRetriable: false },
  } as const;

  for (const state of partStates) {
    for (const [name, expected] of Object.entries(table[state])) {
      test(`${state}: ${name} → ${expected}`, () => {
        const report = reportOf({ ...reports[name as keyof typeof reports], deletionId: "newest" });
        const decision = decideReport(report, viewOf({ state }), on);
        expect(decision.kind === "moves" ? decision.change.part.state : decision.kind).toBe(
          expected,
        );
        const uncalled = decideReport(report, viewOf({ state, attempt: 0 }), on);
        expect(uncalled.kind).not.toBe("moves");
      });
    }
  }
});

describe("every state of a retry's part × a plain report", () => {
  const failed = { state: "delete_failed", isRetriable: false } as const;
  const own = [
    { completedAt: null },
    { completedAt: retriedAt },
    // What the service was told to clean up to is older than the retry.
    { completedAt: retriedAt + 1, to: fence },
    { completedAt: now + 9_000 },
  ];

  for (const state of partStates) {
    const view = asRetry(viewOf({ state }));

    test.each([fence - 1, fence, retriedAt - 1])(
      `${state}: left by what was finished before the retry was accepted, at %i`,
      (completedAt) => {
        const ofUser = { kind: "own_state", deletedAt: completedAt };
        const expected = isOpen(state) ? { kind: "recorded" } : ofUser;
        expect(decideReport(reportOf({ completedAt }), view, on)).toEqual(expected);
        const failure = decideReport(reportOf({ ...failed, completedAt }), view, on);
        expect(failure).toEqual({ kind: "recorded" });
      },
    );

    test.each(own)(`${state}: moved by %j as by a report that names the deletion`, (moments) => {
      const isClosed = ["deleted", "cancelled", "resolved"].includes(state);
      for (const what of [{}, failed]) {
        const report = reportOf({ ...what, ...moments });
        const named = decideReport({ ...report, deletionId: "newest" }, view, on);
        const decision = decideReport(report, view, on);
        if (isClosed) expect(decision.kind).not.toBe("moves");
        else expect(decision).toEqual(named);
      }
    });
  }
});

describe("what a report writes into the part", () => {
  const calling = { state: "calling", attempt: 2, leasedUntil: now + 9 } as const;

  test("how it ended, until when something stays and why; the lease ends", () => {
    const report = reportOf({ outcome: "retained", retainedUntil: now + 5, reason: "law" });
    const decision = decideReport(report, viewOf({ ...calling, errorCode: "http_500" }), on);
    expect(decision).toMatchObject({
      kind: "moves",
      change: {
        event: "reported_deleted",
        part: {
          state: "deleted",
          outcome: "retained",
          retainedUntil: now + 5,
          reason: "law",
          errorCode: null,
          leasedUntil: null,
          closedAt: now,
        },
      },
    });
  });

  test("a failure is tried again after its backoff, and ends the part when the attempts are used up", () => {
    const failed = reportOf({ state: "delete_failed", errorCode: "disk_full" });
    expect(decideReport(failed, viewOf(calling), on)).toMatchObject({
      change: { part: { state: "due", failures: 1, dueAt: now + 500, errorCode: "disk_full" } },
    });
    expect(decideReport(failed, viewOf({ ...calling, failures: 2 }), on)).toMatchObject({
      change: { event: "reported_failed_finally", part: { state: "delete_failed", failures: 3 } },
    });
  });

  test("a failure that must not be tried again ends the part at once, with its reason", () => {
    const report = reportOf({ state: "delete_failed", isRetriable: false, reason: "debt" });
    expect(decideReport(report, viewOf(calling), on)).toMatchObject({
      change: { part: { state: "delete_failed", errorCode: "reported_failed", reason: "debt" } },
    });
  });
});

describe("a service's own state", () => {
  test("a `deleted` for a user of whom no deletion is known counts from when it was completed", () => {
    const view = viewOf({}, { newest: null, isCategoryOpen: false });
    const early = decideReport(reportOf({ completedAt: now - 7 }), view, on);
    expect(early).toEqual({ kind: "own_state", deletedAt: now - 7 });
    expect(decideReport(reportOf(), view, on)).toEqual({ kind: "own_state", deletedAt: now });
  });

  test("while the category is open in another service's hands it is only recorded", () => {
    const view = viewOf({ state: "deleted" }, { isCategoryOpen: true });
    expect(decideReport(reportOf(), view, on).kind).toBe("recorded");
  });

  test("a late repeat of an older deletion never becomes newer than the failure after it", () => {
    const view = viewOf({ state: "delete_failed", closedAt: now - 10 });
    const decision = decideReport(reportOf({ completedAt: fence - 1 }), view, on);
    expect(decision).toEqual({ kind: "own_state", deletedAt: fence - 1 });
  });
});
