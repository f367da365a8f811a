import { describe, expect, test } from "vitest";
import { decideExportReport, type ExportReport } from "../../src/domain/export-outcome.ts";
import {
  applyExportEvent,
  awaitsFiles,
  type ExportPartEvent,
  type ExportPartState,
  exportPartEvents,
  exportPartStates,
  isOpenExportPart,
  nextExportPartState,
} from "../../src/domain/export-part.ts";
import { isFileName } from "../../src/domain/file-name.ts";
import { exportPartOf } from "./export-samples.ts";
import { rulesOf } from "./samples.ts";

const now = 1_000_000;

const events = Object.keys(exportPartEvents) as ExportPartEvent[];
const every = exportPartStates.flatMap((state) => events.map((event) => [state, event] as const));

describe("the life of an export's part", () => {
  test.each(every)("%s on %s follows the table, and closes with its moment", (state, event) => {
    const part = exportPartOf({ state, attempt: 3, leasedUntil: now + 1, parkedAt: 1 });
    const change = applyExportEvent(part, event, now);
    const next = nextExportPartState(state, event);
    if (next === null) return expect(change).toBeNull();
    expect(change).toMatchObject({ event, from: state, part: { state: next, attempt: 3 } });
    expect(change?.part.closedAt).toBe(isOpenExportPart(next) ? null : now);
    expect([change?.part.leasedUntil, change?.part.parkedAt]).toEqual([null, null]);
  });

  test("what is given stays given, but where the archive has no room for it", () => {
    const ways = events.filter((event) => nextExportPartState("exported", event) !== null);
    expect(ways).toEqual(["left_out"]);
    for (const event of events) expect(nextExportPartState("no_data", event)).toBeNull();
  });

  test("what failed comes back by a report or an operator alone", () => {
    const ways = events.filter((event) => nextExportPartState("export_failed", event) !== null);
    expect(ways.map((event) => exportPartEvents[event])).toEqual(["report", "report", "operator"]);
  });

  test("files are taken from the first call on until it is closed", () => {
    for (const state of exportPartStates) {
      expect(awaitsFiles({ state, attempt: 0 })).toBe(false);
      expect(awaitsFiles({ state, attempt: 1 })).toBe(isOpenExportPart(state));
    }
  });
});

describe("a report", () => {
  const reported = (state: ExportReport["state"], isRetriable = true): ExportReport => ({
    state,
    errorCode: "x",
    isRetriable,
  });
  const on = { rules: rulesOf(), now, random: 0 };
  const kindOf = (state: ExportPartState, report: ExportReport, isBegun = false) =>
    decideExportReport(exportPartOf({ state, attempt: 1 }), report, on, { now, isBegun }).kind;

  test.each(exportPartStates)("that repeats what is there (%s) is only recorded", (state) => {
    if (state === "due" || state === "calling" || state === "accepted") return;
    expect(kindOf(state, reported(state))).toBe("recorded");
    expect(kindOf(state, reported(state), true)).toBe("recorded");
  });

  test("of a failure never undoes what is given, and other reports come too late for it", () => {
    expect(kindOf("exported", reported("export_failed"))).toBe("recorded");
    expect(kindOf("no_data", reported("export_failed"))).toBe("recorded");
    expect(kindOf("exported", reported("no_data"))).toBe("closed");
    expect(kindOf("no_data", reported("exported"))).toBe("closed");
  });

  test("wins over a failure until the archive is begun", () => {
    expect(kindOf("export_failed", reported("exported"))).toBe("moves");
    expect(kindOf("export_failed", reported("exported"), true)).toBe("closed");
  });

  test("of a failure counts only while a call runs or was accepted", () => {
    expect(kindOf("due", reported("export_failed"))).toBe("recorded");
    expect(kindOf("calling", reported("export_failed"))).toBe("moves");
    expect(kindOf("accepted", reported("export_failed"))).toBe("moves");
  });

  test("of a failure uses up the attempts, or ends them at once", () => {
    const decide = (failures: number, isRetriable: boolean) => {
      const part = exportPartOf({ state: "accepted", attempt: 1, failures });
      const report = reported("export_failed", isRetriable);
      const decision = decideExportReport(part, report, on, { now, isBegun: false });
      return decision.kind === "moves" && decision.change.part.state;
    };
    expect(decide(0, true)).toBe("due");
    expect(decide(1, true)).toBe("due");
    expect(decide(2, true)).toBe("export_failed");
    expect(decide(0, false)).toBe("export_failed");
  });
});

describe("a file's name", () => {
  test.each([
    "a",
    "a.json",
    ".hidden",
    "Мои поездки 🚲",
    "a b",
    "a.b.c",
    "%2e",
    "x".repeat(255),
    "🚲".repeat(63),
  ])("%j is allowed", (name) => expect(isFileName(name)).toBe(true));
  test.each([
    ...[
      "",
      ".",
      "..",
      "../a",
      "a/..",
      "a..b",
      "a/b",
      "/a",
      "a\\b",
      "C:\\a",
      "a\0b",
      "a\nb",
      "a\tb",
    ],
    ...["\u007f", "\u0085", "\u009f", "\u2028", "\u2029", "\ud800", "a\udc00"],
    ...["x".repeat(256), "ж".repeat(128), "🚲".repeat(64)],
  ])("%j is not", (name) => expect(isFileName(name)).toBe(false));
});
