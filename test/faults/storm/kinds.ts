import { randomUUID } from "node:crypto";
import type { Dice } from "../../support/random.ts";
import { phaseOf, type Target } from "./targets.ts";

/** Whose ticket comes with a report. */
export type TicketKind =
  | "own"
  | "portal's"
  | "with another's key"
  | "for another"
  | "of another service"
  | "none";

/** What a report may be answered: `ok`, or the code of a problem. `current`: ok unless a newer deletion came. */
export type Expected =
  | "ok"
  | "current"
  | "stale_deletion"
  | "bad_request"
  | "category_unknown"
  | "service_mismatch"
  | "source_forbidden"
  | "service_ticket_missing"
  | "service_ticket_invalid";

export interface Made {
  readonly ticket?: TicketKind;
  readonly body: Readonly<Record<string, unknown>>;
  readonly expected: Expected;
  /** What it may do when it is taken; everything by default. */
  readonly effects?: readonly Effect[];
}

export type Effect = "moves" | "own_state" | "recorded";

export interface World {
  readonly services: readonly string[];
  /** Makes bodies differ that would else be the same. */
  readonly next: () => number;
  readonly dice: Dice;
  readonly now: () => number;
}

interface Kind {
  /** How often it is chosen, among those that fit. */
  readonly weight: number;
  readonly fits?: (target: Target) => boolean;
  readonly make: (target: Target, world: World) => Made;
}

const plain = ({ uid, category, service }: Target, state: "deleted" | "delete_failed") => ({
  yandex_uid: uid,
  category_id: category,
  state,
  service,
});
const fenced = (target: Target, state: "deleted" | "delete_failed") => ({
  ...plain(target, state),
  deletion_id: target.deletionId,
  attempt: target.attempt,
});
const error = (world: World) => ({ code: `storm-${world.next()}` });
const iso = (at: number) => new Date(at).toISOString();

const wasCalled = (target: Target) => target.attempt > 0;
const isIn = (phase: ReturnType<typeof phaseOf>) => (target: Target) => phaseOf(target) === phase;

/** Reports that services send, rightly and late, and what nobody should. Source: contract 6, rule by rule. */
export const kinds: Readonly<Record<string, Kind>> = {
  "deleted, fenced": {
    weight: 6,
    fits: wasCalled,
    make: (target, { now }) => ({
      body: { ...fenced(target, "deleted"), completed_at: iso(now()) },
      expected: "current",
    }),
  },
  "deleted, plain": {
    weight: 5,
    fits: wasCalled,
    make: (target) => ({ body: plain(target, "deleted"), expected: "ok" }),
  },
  "deleted, before the call": {
    weight: 8,
    fits: isIn("not called"),
    make: (target) => ({ body: fenced(target, "deleted"), expected: "current" }),
  },
  "failed, before the call": {
    weight: 8,
    fits: isIn("not called"),
    make: (target, world) => ({
      body: { ...plain(target, "delete_failed"), error: error(world) },
      expected: "ok",
    }),
  },
  "failed, to be tried again": {
    weight: 6,
    fits: (target) => wasCalled(target) && target.attempt < 4,
    make: (target, world) => ({
      body: { ...fenced(target, "delete_failed"), error: error(world), retriable: true },
      expected: "current",
    }),
  },
  "failed for good": {
    weight: 4,
    fits: isIn("accepted"),
    make: (target, world) => ({
      body: { ...fenced(target, "delete_failed"), error: error(world), retriable: false },
      expected: "current",
    }),
  },
  "deleted, after it failed": {
    weight: 8,
    fits: isIn("failed"),
    make: (target, { now }) => ({
      body: { ...fenced(target, "deleted"), completed_at: iso(now()) },
      expected: "current",
    }),
  },
  "failed, after it was deleted": {
    weight: 4,
    fits: isIn("deleted"),
    make: (target, world) => ({
      body: { ...fenced(target, "delete_failed"), error: error(world) },
      expected: "current",
      effects: ["recorded"],
    }),
  },
  "failed, of an older attempt": {
    weight: 8,
    fits: (target) => target.attempt > 1,
    make: (target, world) => ({
      body: {
        ...fenced(target, "delete_failed"),
        attempt: target.attempt - 1,
        error: error(world),
      },
      expected: "current",
      effects: ["recorded"],
    }),
  },
  "of what was before the fence": {
    weight: 4,
    make: (target) => ({
      body: {
        ...plain(target, "deleted"),
        completed_at: iso(target.acceptedAt - 1 - target.attempt),
      },
      expected: "ok",
      effects: ["recorded", "own_state"],
    }),
  },
  "cleaned up to before the fence": {
    weight: 3,
    make: (target) => ({
      body: { ...plain(target, "deleted"), to: iso(target.acceptedAt - 1) },
      expected: "ok",
      effects: ["recorded", "own_state"],
    }),
  },
  "of an older deletion": {
    weight: 20,
    fits: ({ olderId }) => olderId !== null,
    make: (target) => ({
      body: { ...fenced(target, "deleted"), deletion_id: target.olderId },
      expected: "stale_deletion",
    }),
  },
  "of a deletion that never was": {
    weight: 3,
    make: (target) => ({
      body: { ...fenced(target, "deleted"), deletion_id: randomUUID() },
      expected: "stale_deletion",
    }),
  },
  "of no deletion at all": {
    weight: 1,
    make: (target, world) => ({
      body: { ...fenced(target, "deleted"), deletion_id: `storm-${world.next()}` },
      expected: "stale_deletion",
    }),
  },
  "of nobody, deleted": {
    weight: 2,
    make: (target, world) => ({
      body: { ...plain(target, "deleted"), yandex_uid: `99${world.next()}` },
      expected: "ok",
      effects: ["own_state"],
    }),
  },
  "of nobody, failed": {
    weight: 1,
    make: (target, world) => ({
      body: { ...plain(target, "delete_failed"), yandex_uid: `99${world.next()}` },
      expected: "ok",
      effects: ["recorded"],
    }),
  },
  "of nobody, fenced": {
    weight: 1,
    make: (target, world) => ({
      body: { ...fenced(target, "deleted"), yandex_uid: `99${world.next()}` },
      expected: "stale_deletion",
    }),
  },
  "of a category that is not the service's": {
    weight: 2,
    make: (target) => ({
      body: { ...plain(target, "deleted"), category_id: "3", service: narrowService },
      expected: "ok",
      effects: ["recorded"],
    }),
  },
  "of an unknown category": {
    weight: 3,
    make: (target) => ({
      body: { ...fenced(target, "deleted"), category_id: "99" },
      expected: "category_unknown",
    }),
  },
  "that cannot be read": {
    weight: 3,
    make: (target, { dice }) => ({
      body: { ...fenced(target, "deleted"), ...dice.pick(unreadable) },
      expected: "bad_request",
    }),
  },
  "in another service's name": {
    weight: 4,
    make: (target) => ({
      ticket: "of another service",
      body: fenced(target, "deleted"),
      expected: "service_mismatch",
    }),
  },
  "by the portal": {
    weight: 2,
    make: (target) => ({
      ticket: "portal's",
      body: fenced(target, "deleted"),
      expected: "source_forbidden",
    }),
  },
  "with a forged ticket": {
    weight: 2,
    make: (target) => ({
      ticket: "with another's key",
      body: fenced(target, "deleted"),
      expected: "service_ticket_invalid",
    }),
  },
  "with a ticket for another": {
    weight: 2,
    make: (target) => ({
      ticket: "for another",
      body: fenced(target, "deleted"),
      expected: "service_ticket_invalid",
    }),
  },
  "without a ticket": {
    weight: 2,
    make: (target) => ({
      ticket: "none",
      body: fenced(target, "deleted"),
      expected: "service_ticket_missing",
    }),
  },
};

/** It does not hold category 3. */
export const narrowService = "service-6";

const unreadable: readonly Record<string, unknown>[] = [
  { state: "gone" },
  { yandex_uid: 4_001 },
  { wish: "more" },
  { attempt: -1 },
  { completed_at: "yesterday" },
  { error: {} },
];

export function chooseKind(target: Target, dice: Dice, isSpared: boolean): string {
  const fitting = Object.entries(kinds).filter(([name, { fits }]) =>
    isSpared ? sparing.has(name) : (fits?.(target) ?? true),
  );
  let lot = dice.next() * fitting.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const [name, { weight }] of fitting) {
    lot -= weight;
    if (lot < 0) return name;
  }
  return fitting[0]?.[0] ?? "of nobody, failed";
}

/** Kinds that may be sent about those of whom nothing may change. */
const sparing = new Set([
  ...["of a deletion that never was", "of no deletion at all", "of an unknown category"],
  ...["that cannot be read", "in another service's name", "by the portal"],
  ...["with a forged ticket", "with a ticket for another", "without a ticket"],
]);
