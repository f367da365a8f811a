import { expect, test } from "vitest";
import { registryOf } from "../domain/samples.ts";
import type { invariants } from "../support/history/invariants.ts";
import { checkHistory, type History } from "../support/history.ts";

/** The checker of histories is itself checked: each invariant sees what breaks it. */

const fence = 1_000_000;
const registry = registryOf(
  { name: "orders", completion: "answer", categories: ["1"] },
  { name: "realty", after: ["orders"], categories: ["1"], attempts: 3 },
);

type Event = History["events"][number];

const orders = { deletion_id: "d1", category_id: "1", service: "orders" };
const realty = { deletion_id: "d1", category_id: "1", service: "realty" };

/** One deletion: orders answers at once, realty fails once, accepts, and reports. */
function goodHistory(): History {
  const moves: [typeof orders, Event["event"], Event["from_state"], Event["to_state"], number][] = [
    [orders, "accepted", null, "due", 0],
    [realty, "accepted", null, "waiting", 0],
    [orders, "claimed", "due", "calling", 1],
    [orders, "answered_done", "calling", "deleted", 1],
    [realty, "predecessors_done", "waiting", "due", 0],
    [realty, "claimed", "due", "calling", 1],
    [realty, "attempt_failed", "calling", "due", 1],
    [realty, "claimed", "due", "calling", 2],
    [realty, "answered_accepted", "calling", "accepted", 2],
    [realty, "reported_deleted", "accepted", "deleted", 2],
  ];
  const sources: Partial<Record<Event["event"], string>> = {
    accepted: "portal",
    reported_deleted: "report",
  };
  const call = (service: string, attempt: number, arrivedAt: number, status: number) => ({
    ...{
      service,
      kind: "delete" as const,
      categories: ["1"],
      deletionId: "d1",
      attempt,
      arrivedAt,
    },
    ...{ to: new Date(fence).toISOString(), status, body: null },
  });
  return {
    registry,
    events: moves.map(([part, event, from_state, to_state, attempt], at) => ({
      ...part,
      ...{ seq: at + 1, at: fence + 10 * at, attempt, event, from_state, to_state },
      source: sources[event] ?? "drive",
    })),
    parts: [
      { ...orders, state: "deleted", attempt: 1, failures: 0, outcome: "erased" },
      { ...realty, state: "deleted", attempt: 2, failures: 1, outcome: "erased" },
    ],
    deletions: [
      {
        ...{ id: "d1", seq: 1, subject: "s1", accepted_at: fence, is_closed: true },
        ...{ is_sealed: false, is_to_be_destroyed: false, is_to_wake: false },
      },
    ],
    categories: [
      { deletion_id: "d1", category_id: "1", subject: "s1", is_closed: true, is_deleted: true },
    ],
    reports: [
      {
        ...{ subject: "s1", category_id: "1", service: "realty", deletion_id: "d1" },
        ...{ state: "deleted", received_at: fence + 89 },
      },
    ],
    aliases: [],
    calls: [
      call("orders", 1, fence + 25, 200),
      call("realty", 1, fence + 55, 500),
      call("realty", 2, fence + 75, 202),
    ],
  };
}

test("a good history has no violation", () => {
  expect(checkHistory(goodHistory())).toEqual([]);
});

type Doctor = (history: History) => Partial<History>;

const changed = <Row>(rows: readonly Row[], at: number, change: Partial<Row>): Row[] =>
  rows.map((row, index) => (index === at ? { ...row, ...change } : row));

const doctored: Record<keyof typeof invariants, readonly Doctor[]> = {
  "an accepted deletion has its categories, its parts, and a wake-up while it is open": [
    () => ({ parts: [], events: [], calls: [], reports: [] }),
    ({ deletions }) => ({
      deletions: changed(deletions, 0, { is_closed: false, is_sealed: true }),
    }),
  ],
  "a part that is deleted is not called again": [
    ({ calls }) => ({ calls: changed(calls, 0, { arrivedAt: fence + 9_999 }) }),
  ],
  "one fence in every call of a deletion: the moment of acceptance": [
    ({ calls }) => ({ calls: changed(calls, 2, { to: new Date(fence + 1).toISOString() }) }),
  ],
  "attempts never go down, and every claim's is new": [
    ({ events }) => ({ events: changed(events, 7, { attempt: 1 }) }),
    ({ events }) => ({ events: changed(events, 8, { attempt: 1 }) }),
  ],
  "every transition is in the table, and begins where the last one ended": [
    ({ events }) => ({ events: events.toSpliced(6, 1) }),
    ({ events }) => ({ events: changed(events, 9, { source: "drive" }) }),
    ({ events }) => ({ events: events.slice(0, -1) }),
  ],
  "at most one deletion of a category is open for a user": [
    ({ categories, events }) => ({
      categories: [
        ...categories,
        { ...categories[0], deletion_id: "d2" } as (typeof categories)[0],
      ],
      events: [
        ...events,
        { ...(events[0] as Event), seq: 99, at: fence + 50, deletion_id: "d2" },
        {
          ...(events[3] as Event),
          ...{ seq: 100, at: fence + 60, deletion_id: "d2", from_state: "due" as const },
        },
      ],
    }),
  ],
  "no part is deleted or accepted without an answer, a report or a status behind it": [
    () => ({ reports: [] }),
    ({ calls }) => ({ calls: changed(calls, 0, { status: 500 }) }),
    ({ calls }) => ({ calls: changed(calls, 2, { status: null }) }),
    ({ events }) => ({ events: changed(events, 9, { event: "reconciled", source: "drive" }) }),
  ],
  "an attempt calls a service once, with the parts that were claimed for it": [
    ({ calls }) => ({ calls: [...calls, ...calls.slice(1, 2)] }),
    ({ calls }) => ({ calls: changed(calls, 1, { categories: ["1", "2"] }) }),
  ],
  "a part fails as often as it may, and no more": [
    ({ parts }) => ({ parts: changed(parts, 1, { failures: 0 }) }),
    () => ({ registry: registryOf({ name: "orders" }, { name: "realty", attempts: 0 }) }),
  ],
  "a service is called after those that it names": [
    ({ events }) => ({ events: changed(events, 3, { seq: 50 }) }),
  ],
  "categories and deletions are closed exactly when their parts are": [
    ({ categories }) => ({ categories: changed(categories, 0, { is_closed: false }) }),
    ({ categories }) => ({ categories: changed(categories, 0, { is_deleted: false }) }),
    ({ parts }) => ({ parts: changed(parts, 0, { state: "accepted" }) }),
  ],
  "a snapshot lives while it is needed, and no longer": [
    ({ deletions }) => ({ deletions: changed(deletions, 0, { is_sealed: true }) }),
    ({ deletions }) => ({ deletions: changed(deletions, 0, { is_closed: false }) }),
    ({ deletions, parts }) => ({
      deletions: changed(deletions, 0, { is_sealed: true }),
      parts: changed(parts, 0, { state: "delete_failed" }),
    }),
  ],
};

test.each(
  Object.entries(doctored).flatMap(([name, doctors]) =>
    doctors.map((doctor, at) => [name, at + 1, doctor] as const),
  ),
)("the checker sees what breaks “%s” (%i)", (name, _, doctor) => {
  const history = goodHistory();
  const violations = checkHistory({ ...history, ...doctor(history) });
  expect(violations.filter((line) => line.startsWith(name))).not.toEqual([]);
});
