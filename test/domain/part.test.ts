import { describe, expect, test } from "vitest";
import {
  applyEvent,
  closedPartStates,
  isOpen,
  nextPartState,
  openPartStates,
  type Part,
  type PartEvent,
  type PartState,
  partEvents,
  partStates,
  partTransitions,
} from "../../src/domain/part.ts";
import { partOf } from "./samples.ts";

const events = Object.keys(partEvents) as PartEvent[];

describe("the table of transitions", () => {
  test.each(partStates.flatMap((state) => events.map((event) => [state, event] as const)))(
    "%s × %s does what the table says, and nothing where it is silent",
    (state, event) => {
      const row: Partial<Record<PartEvent, PartState>> = partTransitions[state];
      const change = applyEvent(partOf({ state }), event, 1_000);
      expect(nextPartState(state, event)).toBe(row[event] ?? null);
      expect(change?.part.state ?? null).toBe(row[event] ?? null);
    },
  );

  test("nothing leaves `deleted`", () => {
    expect(partTransitions.deleted).toEqual({});
  });

  test("a failed part can only become deleted, by the service's own word, or be ended by an operator", () => {
    expect(partTransitions.delete_failed).toEqual({
      reported_deleted: "deleted",
      operator_cancelled: "cancelled",
      operator_resolved: "resolved",
    });
  });

  test("an operator can end whatever is not deleted, and nothing leaves what was ended", () => {
    for (const state of [...openPartStates, "delete_failed"] as const) {
      expect(nextPartState(state, "operator_cancelled")).toBe("cancelled");
      expect(nextPartState(state, "operator_resolved")).toBe("resolved");
    }
    expect([partTransitions.cancelled, partTransitions.resolved]).toEqual([{}, {}]);
    expect(events.filter((event) => partEvents[event] === "operator")).toEqual([
      "operator_cancelled",
      "operator_resolved",
    ]);
  });

  test("every open state ends at the deadline, so no part can stay open for ever", () => {
    for (const state of openPartStates) {
      expect(nextPartState(state, "deadline_passed")).toBe("delete_failed");
    }
  });

  test("open and closed states are all states, and no state is both", () => {
    expect(new Set([...openPartStates, ...closedPartStates])).toEqual(new Set(partStates));
    expect(openPartStates.filter((state) => !isOpen(state))).toEqual([]);
    expect(closedPartStates.filter((state) => isOpen(state))).toEqual([]);
  });
});

test("closing notes the moment and ends the lease", () => {
  const part: Part = partOf({ state: "calling", attempt: 1, leasedUntil: 5_000 });
  const change = applyEvent(part, "answered_done", 1_234);
  expect(change?.part).toMatchObject({ state: "deleted", closedAt: 1_234, leasedUntil: null });
  expect(change?.from).toBe("calling");
});
