import { deriveKeyring } from "../../../src/store/keys.ts";
import { createSubjects } from "../../../src/store/subjects.ts";
import { registryOf } from "../../domain/samples.ts";
import type { EventRow, History, PartRow, ServiceCall } from "./rows.ts";

/** The moment to which all others of the sample are relative, in ms. */
export const epoch = 1_800_000_000_000;
const uid = "7001";

const subjects = createSubjects(deriveKeyring([Buffer.alloc(32, 7)]));
const subject = subjects.of(uid);

const sampleRegistry = registryOf(
  { name: "orders", completion: "answer", categories: ["1", "2"] },
  { name: "realty", after: ["orders"], categories: ["1"], attempts: 3 },
);

type Move = [
  at: number,
  service: "orders" | "realty",
  event: EventRow["event"],
  from: EventRow["from_state"],
  to: EventRow["to_state"],
  attempt: number,
];

/** What a service that answers at once goes through. */
const atOnce: Move[] = [
  [0, "orders", "accepted", null, "due", 0],
  [20, "orders", "claimed", "due", "calling", 1],
  [30, "orders", "answered_done", "calling", "deleted", 1],
];

/** Lost with its worker, failed, failed behind an open breaker, accepted, reported failed, and at last deleted. */
const withTrouble: Move[] = [
  [0, "realty", "accepted", null, "waiting", 0],
  [40, "realty", "predecessors_done", "waiting", "due", 0],
  [50, "realty", "claimed", "due", "calling", 1],
  [70, "realty", "claimed", "calling", "calling", 2],
  [80, "realty", "attempt_failed", "calling", "due", 2],
  [1_200, "realty", "claimed", "due", "calling", 3],
  [1_210, "realty", "attempt_excused", "calling", "due", 3],
  [1_400, "realty", "claimed", "due", "calling", 4],
  [1_410, "realty", "answered_accepted", "calling", "accepted", 4],
  [1_420, "realty", "reported_failed", "accepted", "due", 4],
  [1_500, "realty", "claimed", "due", "calling", 5],
  [1_510, "realty", "answered_accepted", "calling", "accepted", 5],
  [1_520, "realty", "reported_deleted", "accepted", "deleted", 5],
];

interface Told {
  readonly id: string;
  readonly seq: number;
  readonly at: number;
  readonly category: string;
  readonly moves: readonly Move[];
}

/** Two short deletions of category 2 before the eventful one of category 1, which is `d3`. */
const told: Told[] = [
  { id: "d1", seq: 1, at: epoch - 9_000, category: "2", moves: atOnce },
  { id: "d2", seq: 2, at: epoch - 5_000, category: "2", moves: atOnce },
  {
    ...{ id: "d3", seq: 3, at: epoch, category: "1" },
    moves: [...atOnce, ...withTrouble].toSorted(([one], [other]) => one - other),
  },
];

/** @param at - its place among all events. */
function toEvents({ id, at: acceptedAt, category, moves }: Told): Omit<EventRow, "seq">[] {
  return moves.map(([at, service, event, from_state, to_state, attempt]) => ({
    ...{ deletion_id: id, category_id: category, service, at: acceptedAt + at },
    ...{ event, from_state, to_state, attempt, source: sourceOf(event) },
  }));
}

function sourceOf(event: EventRow["event"]): string {
  if (event === "accepted") return "portal";
  return event.startsWith("reported") ? "report" : "drive";
}

function toParts({ id, category, moves }: Told): PartRow[] {
  return [...Map.groupBy(moves, ([, service]) => service)].map(([service, own]) => ({
    ...{ deletion_id: id, category_id: category, service, state: "deleted", outcome: "erased" },
    attempt: own.at(-1)?.[5] ?? 0,
    failures: own.filter(([, , event]) => /^(attempt|reported)_failed/.test(event)).length,
  }));
}

function toCall(
  { id, at, category }: Told,
  service: string,
  attempt: number,
  arrivedAt: number,
  status: number | null,
): ServiceCall {
  return {
    ...{ service, kind: "delete", categories: [category], deletionId: id, attempt },
    ...{ to: new Date(at).toISOString(), arrivedAt: at + arrivedAt },
    ...{ answeredAt: status === null ? null : at + arrivedAt + 2, status, body: null },
  };
}

/** A history that bears something for every invariant to look at, and nothing that breaks one. */
export function createSampleHistory(): History {
  const last = told[2] as Told;
  return {
    registry: sampleRegistry,
    subjects,
    events: told.flatMap(toEvents).map((event, at) => ({ ...event, seq: at + 1 })),
    parts: told.flatMap(toParts),
    deletions: told.map(({ id, seq, at }) => ({
      ...{
        id,
        seq,
        subject,
        accepted_at: at,
        fence_at: at,
        is_retry: false,
        is_closed: true,
        is_sealed: false,
      },
      ...{ is_to_be_destroyed: false, is_to_wake: false, is_forgotten: false },
    })),
    categories: told.map(({ id, at, category, moves }) => ({
      ...{ deletion_id: id, category_id: category, subject, is_closed: true, is_deleted: true },
      ...{ is_joined: false, closed_at: at + Math.max(...moves.map(([moment]) => moment)) },
    })),
    requests: told.map(({ id, at, category }) => ({
      ...{ subject, request_key: subjects.requestKey(`request of ${id}`) },
      ...{ category_ids: [category], created_at: at + 0.4 },
    })),
    clients: told.map(({ id, at, category }) => ({
      ...{ requestId: `request of ${id}`, uid, categories: [category] },
      ...{ invokedAt: at - 2, endedAt: at + 4, result: "ok" as const, status: 200 },
    })),
    reports: (["delete_failed", "deleted"] as const).map((state, at) => ({
      ...{ subject, category_id: "1", service: "realty", deletion_id: "d3", state },
      ...{ attempt: 4 + at, effect: "moves", times: 1, received_at: epoch + 1_419 + 100 * at },
    })),
    sentReports: (["delete_failed", "deleted"] as const).map((state, at) => ({
      ...{ service: "realty", uid, categoryId: "1", state, deletionId: "d3", attempt: 4 + at },
      at: epoch + 1_418 + 100 * at,
    })),
    aliases: [],
    calls: [
      ...told.map((row) => toCall(row, "orders", 1, 25, 200)),
      // Of the first attempt nothing arrived: its worker was killed.
      ...[toCall(last, "realty", 2, 72, 500), toCall(last, "realty", 3, 1_202, null)],
      ...[toCall(last, "realty", 4, 1_402, 202), toCall(last, "realty", 5, 1_502, 202)],
      {
        ...{
          service: "realty",
          kind: "status",
          categories: ["1"],
          deletionId: null,
          attempt: null,
        },
        ...{ to: null, arrivedAt: epoch + 505, status: 200, body: { data_state: "empty" } },
      },
    ],
    serviceEvents: [
      { service: "realty", event: "breaker_opened", at: epoch + 90 },
      { service: "realty", event: "breaker_probed", at: epoch + 1_200 },
      { service: "realty", event: "breaker_closed", at: epoch + 1_300 },
    ],
    nemesis: [
      {
        ...{ at: epoch + 60, kind: "kill", workerId: "w1" },
        victims: [{ deletion_id: "d3", category_id: "1", service: "realty", attempt: 1 }],
      },
    ],
    rows: [
      toRow("old", -100, "written", -100),
      toRow("new", 1, "written", 10),
      { ...toRow("old", -100, "deleted", 26), deletionId: "d3", to: epoch },
    ],
    answers: [
      toAnswer(500, { 1: "delete_in_progress", 2: "empty" }),
      toAnswer(60_000, { 1: "empty", 2: "empty" }),
    ],
    searches: [{ place: "public.deletions", lines: 3, found: [] }],
    remains: { lockedJobs: [], goneWorkers: [], lookedAt: 2 },
  };
}

function toRow(rowId: string, createdAt: number, what: "written" | "deleted", at: number) {
  return {
    ...{ service: "orders", uid, categoryId: "1", rowId, what },
    ...{ createdAt: epoch + createdAt, at: epoch + at },
  };
}

function toAnswer(askedAt: number, states: Readonly<Record<string, string>>) {
  const categories = Object.entries(states).map(([id, state]) => ({ id, state }));
  return { uid, askedAt: epoch + askedAt, answeredAt: epoch + askedAt + 10, categories };
}
