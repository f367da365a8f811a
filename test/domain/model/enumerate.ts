import type { Registry } from "../../../src/domain/registry.ts";
import { deadlineMs } from "./hub.ts";
import { settle } from "./settle.ts";
import type { Step } from "./steps.ts";
import { take } from "./take.ts";
import { type Bug, createWorld, type Flight, type World } from "./world.ts";

/** What came of a walk through all that can happen. */
export interface Walk {
  /** Situations that differ. */
  readonly situations: number;
  readonly steps: number;
  /** Whether every situation that can be reached in so many steps was looked at. */
  readonly isWhole: boolean;
  /** How often each thing happened. */
  readonly seen: ReadonlyMap<string, number>;
}

export interface WalkOptions {
  readonly registry: Registry;
  readonly bug: Bug | null;
  /** From the acceptance of the first deletion on. */
  readonly depth: number;
  /** A bound on what is looked at, should the world grow. */
  readonly mostSituations: number;
  /** Every so many situations are let run to their end, where every deletion must end. */
  readonly settleEvery: number;
}

/**
 * Takes every step that can be taken, from every situation that can be reached, breadth first, each situation
 * once. Every guarantee is looked at after every step.
 */
export function walk(options: WalkOptions): Walk {
  const { registry, bug, depth, mostSituations, settleEvery } = options;
  const start = createWorld(registry, bug);
  take(start, { kind: "row", user: "alice", category: "1", pick: 0 });
  take(start, { kind: "request", user: "alice", categories: ["1"] });
  const known = new Set([describe(start)]);
  const seen = new Map<string, number>();
  let [edge, steps] = [[start], 0];
  for (let level = 0; level < depth; level += 1) {
    const next: World[] = [];
    for (const world of edge) {
      for (const step of possible(world)) {
        const after = copy(world);
        after.seen.clear();
        take(after, step);
        steps += 1;
        for (const [what, times] of after.seen) seen.set(what, (seen.get(what) ?? 0) + times);
        const situation = describe(after);
        if (known.has(situation)) continue;
        if (known.size >= mostSituations)
          return { situations: known.size, steps, isWhole: false, seen };
        known.add(situation);
        if (known.size % settleEvery === 0) settle(copy(after));
        next.push(after);
      }
    }
    edge = next;
  }
  return { situations: known.size, steps, isWhole: true, seen };
}

/** Everything that may happen next; what would do nothing is left out. */
function possible(world: World): Step[] {
  const flights = [...world.flights];
  const each = <T>(count: number, make: (pick: number) => T[]) =>
    Array.from({ length: count }, (_, pick) => make(pick)).flat();
  return [
    ...(world.deletions.length < 2
      ? [{ kind: "request" as const, user: "alice" as const, categories: ["1"] }]
      : []),
    ...each(world.deletions.length, (pick) => {
      if (world.deletions[pick]?.closedAt !== null) return [];
      const isParked = world.deletions[pick]?.parts.some(({ parkedAt }) => parkedAt !== null);
      return [
        { kind: "drive" as const, pick, access: "call" as const },
        { kind: "drive" as const, pick, access: "park" as const },
        ...(isParked ? [{ kind: "unpark" as const, pick }] : []),
      ];
    }),
    ...each(flights.filter(({ outcome }) => outcome === null).length, (pick) =>
      (["obeys", "fails"] as const).map((reaction) => ({ kind: "send" as const, pick, reaction })),
    ),
    ...each(flights.filter(({ outcome }) => outcome !== null).length, (pick) =>
      [false, true].map((isExcused) => ({
        kind: "answer" as const,
        ...{ pick, random: 0, isExcused, access: "call" as const },
      })),
    ),
    ...each(flights.length, (pick) => [{ kind: "lose" as const, pick }]),
    ...each(world.orders.length, (pick) =>
      (["deleted", "failed"] as const).map((how) => ({ kind: "work" as const, pick, how })),
    ),
    ...each(world.letters.length, (pick) => [
      { kind: "report" as const, pick, random: 0, form: "full" as const },
      { kind: "report" as const, pick, random: 0, form: "plain" as const },
    ]),
    { kind: "time" as const, ms: 2_600 },
    { kind: "time" as const, ms: 16_000 },
    { kind: "time" as const, ms: 3_700_000 },
    { kind: "status" as const, user: "alice" as const, silent: 0 },
  ] as Step[];
}

function copy(world: World): World {
  const { registry, ...rest } = world;
  return { registry, ...structuredClone(rest) } as World;
}

/** A situation as the rules see it: moments by their distance from now, in steps that rules can tell apart. */
function describe(world: World): string {
  const distance = (at: number | null) => {
    if (at === null) return null;
    const ms = at - world.now;
    if (Math.abs(ms) >= deadlineMs / 2) return ms > 0 ? "far" : "long ago";
    return Math.sign(ms) * Math.ceil(Math.log2(1 + Math.abs(ms) / 500));
  };
  const names = new Map(world.deletions.map((deletion) => [deletion as object, deletion.id]));
  return JSON.stringify([
    world.deletions.map(({ parts, closedAt, wakeAt }) => [
      parts.map((part) => [
        ...[part.state, part.attempt, part.failures, part.asks, part.errorCode],
        ...[part.dueAt, part.leasedUntil, part.parkedAt].map(distance),
      ]),
      distance(closedAt) === null,
      distance(wakeAt),
    ]),
    [...world.flights].map(({ deletion, call, claimedAt, outcome }) => [
      ...[names.get(deletion), call.service, call.attempt, call.kind, distance(claimedAt)],
      outcome && comesTo(outcome),
    ]),
    world.rows.length,
    world.orders.map(({ deletionId, service, attempt }) => [deletionId, service, attempt]),
    world.letters.map(({ service, report }) => [
      ...[service, report.state, report.deletionId, report.attempt],
    ]),
    [...world.ownStates.keys()],
    [...world.signals].map(({ id }) => id),
  ]);
}

function comesTo(outcome: NonNullable<Flight["outcome"]>) {
  switch (outcome.kind) {
    case "delete":
      return outcome.outcome.kind;
    case "status":
      return [...(outcome.states ?? [])];
    case "unsent":
      return outcome.kind;
  }
}
