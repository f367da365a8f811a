import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRegistry, type Registry, type ServiceRules } from "../../src/domain/registry.ts";
import { settle } from "./model/settle.ts";
import { anyStep, longSilence, type Step, untilRetried } from "./model/steps.ts";
import { take } from "./model/take.ts";
import { type Guarantee, Violation } from "./model/violations.ts";
import { type Bug, createWorld, type World } from "./model/world.ts";
import { rulesOf } from "./samples.ts";

const names = ["orders", "realty", "maps", "social"] as const;

/** Two to four services; each may wait for any before it, so there is no cycle. */
const anyRegistry: fc.Arbitrary<Registry> = fc
  .array(
    fc.record({
      categories: fc.constantFrom(["1"], ["2"], ["1", "2"], ["1", "2"]),
      completion: fc.constantFrom("report" as const, "answer" as const),
      after: fc.nat({ max: 7 }),
      attempts: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((shapes) =>
    createRegistry({
      categories: [
        { id: "1", slug: "favorites" },
        { id: "2", slug: "subscriptions" },
      ],
      services: shapes.map((shape, at): ServiceRules => {
        const before = names.slice(0, at);
        return rulesOf({
          ...shape,
          name: names[at] as string,
          categories: at === 0 ? ["1", "2"] : shape.categories,
          after: before.filter((_, bit) => ((shape.after >> bit) & 1) === 1),
        });
      }),
    }),
  );

const anySteps = fc.array(anyStep, { minLength: 10, maxLength: 90, size: "max" });

function run(registry: Registry, steps: readonly Step[], bug: Bug | null): World {
  const world = createWorld(registry, bug);
  for (const step of steps) take(world, step);
  return world;
}

describe("random interleavings of requests, drives, answers, reports and lost steps", () => {
  const seen = new Map<string, number>();
  const remember = (world: World) => {
    for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  };

  test("every guarantee holds after every step, and every deletion ends", () => {
    const property = fc.property(anyRegistry, anySteps, (registry, steps) => {
      const world = run(registry, steps, null);
      settle(world);
      remember(world);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("every guarantee holds when the deadline passes in the middle", () => {
    const property = fc.property(
      anyRegistry,
      anySteps,
      fc.nat({ max: 89 }),
      (registry, steps, at) => {
        const world = run(registry, steps.toSpliced(at, 0, longSilence), null);
        settle(world);
        remember(world);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test("every guarantee holds after an operator has had tried again what failed", () => {
    const property = fc.property(anyRegistry, anySteps, (registry, steps) => {
      const world = run(registry, [...untilRetried, ...steps], null);
      settle(world);
      remember(world);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("and the runs were worth something: all that can happen has happened", () => {
    const mustHappen = [
      ...["deletion", "lost", "not sent: too late", "outcome of an older attempt"],
      ...["claimed", "answered_accepted", "answered_done", "attempt_failed", "postponed"],
      ...["parked", "unparked", "attempt_excused"],
      ...["attempt_failed_finally", "reconciled", "deadline_passed", "reported_deleted"],
      ...["reported_failed", "reported_failed_finally", "predecessors_done", "predecessor_failed"],
      ...["report stale", "report moves", "report own_state", "report recorded"],
      ...["status empty", "status ready_to_delete", "status delete_in_progress"],
      ...["given back: attempt_excused"],
      ...["sent delete", "sent status", "rows erased", "erasure checked"],
      ...["woken by an earlier deletion", "operator_cancelled", "operator_resolved", "retry"],
    ];
    const rare = mustHappen.filter((what) => (seen.get(what) ?? 0) < 20);
    expect(rare).toEqual([]);
  });
});

describe("a planted bug is found, and by the guarantee that it breaks", () => {
  const planted: readonly (readonly [Bug, readonly Guarantee[], readonly Step[]])[] = [
    ["fence taken anew at each call", ["fence"], []],
    ["attempt guard removed", ["olderAttempt"], []],
    ["state left out of the claim", ["oneHolder", "table"], []],
    ["done parts called again", ["doneIsDone"], []],
    ["clock check before the send removed", ["lease"], []],
    ["nobody woken by what closed", ["awake"], []],
    ["a retry takes reports for its own from its fence on", ["olderReport"], untilRetried],
  ];

  test.each(planted)("%s", (bug, expected, begin) => {
    const property = fc.property(anyRegistry, anySteps, (registry, steps) => {
      settle(run(registry, [...begin, ...steps], bug));
    });
    const result = fc.check(property, { numRuns: 3_000, endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(result.errorInstance).toBeInstanceOf(Violation);
    expect(expected).toContain((result.errorInstance as Violation).guarantee);
  });
});
