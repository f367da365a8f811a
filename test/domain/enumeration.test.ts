import { describe, expect, test } from "vitest";
import type { Registry } from "../../src/domain/registry.ts";
import { walk } from "./model/enumerate.ts";
import { type Guarantee, Violation } from "./model/violations.ts";
import type { Bug } from "./model/world.ts";
import { registryOf } from "./samples.ts";

const rules = { categories: ["1"], attempts: 2, backoff: { firstMs: 1_000, maxMs: 1_000 } };
const landscapes: Record<string, Registry> = {
  "one service that reports": registryOf(rules),
  "one service that answers": registryOf({ ...rules, completion: "answer" }),
  "a service after another": registryOf(
    { ...rules, name: "orders", completion: "answer" },
    { ...rules, name: "realty", after: ["orders"] },
  ),
};
const bounds = { mostSituations: 60_000, settleEvery: 50 };

describe("every interleaving of a deletion, and of a second one of the same user, up to a depth", () => {
  test.each<[string, number]>([
    ["one service that reports", 8],
    ["one service that answers", 8],
    ["a service after another", 7],
  ])("%s, %i steps: every guarantee holds after each", (name, depth) => {
    const registry = landscapes[name] as Registry;
    const walked = walk({ registry, bug: null, depth, ...bounds });
    expect(walked.isWhole).toBe(true);
    expect(walked.situations).toBeGreaterThan(1_000);
    for (const what of ["claimed", "lost", "parked", "unparked", "attempt_excused"]) {
      expect([what, walked.seen.get(what) ?? 0]).not.toEqual([what, 0]);
    }
  });
});

describe("a planted bug is met on the way", () => {
  test.each<[Bug, Guarantee]>([
    ["fence taken anew at each call", "fence"],
    ["attempt guard removed", "olderAttempt"],
    ["state left out of the claim", "oneHolder"],
    ["done parts called again", "table"],
    ["clock check before the send removed", "lease"],
  ])("%s", (bug, guarantee) => {
    const registry = landscapes["one service that reports"] as Registry;
    const broken = () => walk({ registry, bug, depth: 7, ...bounds });
    expect(broken).toThrow(Violation);
    try {
      broken();
    } catch (error) {
      expect([guarantee, "doneIsDone"]).toContain((error as Violation).guarantee);
    }
  });
});
