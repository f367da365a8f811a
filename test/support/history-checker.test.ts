import { expect, test } from "vitest";
import { registryOf } from "../domain/samples.ts";
import { createSampleHistory, epoch } from "./history/sample.ts";
import {
  describeFinding,
  examineHistory,
  type Finding,
  type History,
  statistics,
} from "./history.ts";

/** The checker of histories is itself checked: each invariant sees what breaks it. */

test("a good history breaks nothing, and every invariant has seen something of it", () => {
  const findings = examineHistory(createSampleHistory());
  expect(findings.flatMap(({ violations }) => violations)).toEqual([]);
  expect(findings.filter(({ seen }) => seen === 0)).toEqual([]);
});

type Doctor = (history: History) => Partial<History>;
type Rows<Table extends keyof History> = History[Table] extends readonly (infer Row)[] | null
  ? Row
  : never;

/** Changes the one row of a table that is meant. */
function change<Table extends keyof History>(
  table: Table,
  isMeant: (row: Rows<Table>) => boolean,
  to: Partial<Rows<Table>>,
): Doctor {
  return (history) => {
    const rows = history[table] as unknown as readonly Rows<Table>[];
    expect(rows.filter(isMeant)).toHaveLength(1);
    return { [table]: rows.map((row) => (isMeant(row) ? { ...(row as object), ...to } : row)) };
  };
}

const add =
  <Table extends keyof History>(table: Table, row: Partial<Rows<Table>>, like = 0): Doctor =>
  (history) => {
    const rows = history[table] as unknown as readonly Rows<Table>[];
    return { [table]: [...rows, { ...(rows[like] as object), ...row }] };
  };

const drop =
  <Table extends keyof History>(table: Table, isMeant: (row: Rows<Table>) => boolean): Doctor =>
  (history) => {
    const rows = history[table] as unknown as readonly Rows<Table>[];
    return { [table]: rows.filter((row) => !isMeant(row)) };
  };

const eventAt = (at: number, service: string) => (row: History["events"][number]) =>
  row.deletion_id === "d3" && row.at === epoch + at && row.service === service;
const callOf = (service: string, attempt: number) => (row: History["calls"][number]) =>
  row.deletionId === "d3" && row.service === service && row.attempt === attempt;
const last = ({ id }: { id: string }) => id === "d3";
const ofLast = ({ deletion_id }: { deletion_id: string | null }) => deletion_id === "d3";
const ofRealty = ({ service }: { service: string }) => service === "realty";

const doctored: Record<Finding["name"], readonly Doctor[]> = {
  "a request that was answered ok is there, with a deletion of each of its categories": [
    drop("requests", ({ created_at }) => created_at > epoch),
    change("requests", ({ created_at }) => created_at > epoch, { category_ids: ["1", "2"] }),
    change("clients", ({ invokedAt }) => invokedAt === epoch - 2, { endedAt: epoch - 1 }),
    change("categories", ofLast, { closed_at: epoch - 1 }),
  ],
  "an accepted deletion has its categories, its parts, and a wake-up while it is open": [
    drop("parts", ofLast),
    change("deletions", last, { is_to_wake: true }),
    change("deletions", last, { is_forgotten: true, is_to_wake: false }),
  ],
  "nothing is deleted that nobody asked for": [
    change("clients", ({ invokedAt }) => invokedAt === epoch - 2, { invokedAt: epoch + 1 }),
  ],
  "a part that is deleted is not called again": [
    change("calls", callOf("orders", 1), { arrivedAt: epoch + 9_999 }),
    change("calls", callOf("orders", 1), { arrivedAt: epoch + 9_999, sentAt: epoch + 2_621 }),
  ],
  "one fence in every call of a deletion: the moment of acceptance": [
    change("calls", callOf("realty", 4), { to: new Date(epoch + 1).toISOString() }),
  ],
  "what is newer than the fence stays": [add("rows", { rowId: "new", createdAt: epoch + 1 }, 2)],
  "a row goes by a deletion of its own user, service and category": [
    add("rows", { uid: "7002" }, 2),
    add("rows", { rowId: "other", categoryId: "2" }, 2),
    add("rows", { rowId: "other", service: "maps" }, 2),
  ],
  "what is older than the fence is gone where the part is deleted": [
    drop("rows", ({ what }) => what === "deleted"),
    add("rows", { rowId: "as old as the fence", createdAt: epoch }),
    add("rows", { rowId: "written on arrival", at: epoch + 25, deletionId: "d3" }),
  ],
  "attempts never go down, and every claim's is new": [
    (history) => ({
      ...change("events", eventAt(50, "realty"), { attempt: 0 })(history),
      nemesis: [],
    }),
    change("events", eventAt(1_210, "realty"), { attempt: 2 }),
  ],
  "every transition is in the table, and begins where the last one ended": [
    drop("events", eventAt(1_210, "realty")),
    drop("events", eventAt(1_520, "realty")),
    change("events", eventAt(1_210, "realty"), { source: "report" }),
    change("parts", (row) => ofLast(row) && ofRealty(row), { attempt: 6 }),
  ],
  "at most one deletion of a category is open for a user": [
    change("events", ({ deletion_id, event }) => deletion_id === "d2" && event === "accepted", {
      at: epoch - 8_990,
    }),
  ],
  "no part is deleted or accepted without an answer, a report or a status behind it": [
    drop("reports", ({ state }) => state === "deleted"),
    change("reports", ({ state }) => state === "delete_failed", { attempt: 3 }),
    change("reports", ({ state }) => state === "deleted", { deletion_id: "d1" }),
    drop("sentReports", ({ state }) => state === "deleted"),
    change("sentReports", ({ state }) => state === "delete_failed", { attempt: 3 }),
    change("sentReports", ({ state }) => state === "deleted", { uid: "7002" }),
    change("sentReports", ({ state }) => state === "deleted", { at: epoch + 1_521 }),
    change("calls", callOf("orders", 1), { status: 500 }),
    change("calls", callOf("realty", 4), { status: null }),
    change("calls", callOf("realty", 4), { answeredAt: epoch + 1_415 }),
    change("events", eventAt(1_520, "realty"), { event: "reconciled", source: "drive" }),
  ],
  "an attempt calls a service once, with the parts that were claimed for it": [
    ({ calls }) => ({ calls: [...calls, ...calls.filter(callOf("realty", 4))] }),
    change("calls", callOf("realty", 4), { categories: ["1", "2"] }),
  ],
  "a part fails as often as it may, and no more": [
    change("parts", (row) => ofLast(row) && ofRealty(row), { failures: 1 }),
    ({ registry }) => ({
      registry: registryOf(...registry.services.map((rules) => ({ ...rules, attempts: 1 }))),
    }),
  ],
  "a failure behind an open breaker costs no attempt": [
    change("serviceEvents", ({ event }) => event === "breaker_opened", { at: epoch - 930 }),
  ],
  "a service is called after those that it names": [
    change("events", eventAt(30, "orders"), { seq: 50 }),
  ],
  "what a killed worker had under way goes on in seconds": [
    change("events", eventAt(70, "realty"), { at: epoch + 5_061 }),
  ],
  "empty is never answered while a part is open": [
    change("answers", ({ askedAt }) => askedAt === epoch + 500, {
      categories: [{ id: "1", state: "empty" }],
    }),
  ],
  "empty is never answered because a service was silent": [add("answers", { uid: "7002" }, 1)],
  "no table and no log names a person": [add("searches", { found: ["uid: plain"] })],
  "a snapshot lives while it is needed, and no longer": [
    change("deletions", last, { is_sealed: true }),
    (history) => ({
      ...change("deletions", last, { is_sealed: true })(history),
      ...change("parts", (row) => ofLast(row) && ofRealty(row), { outcome: "retained" })(history),
    }),
  ],
  "categories and deletions are closed exactly when their parts are": [
    change("categories", ofLast, { is_deleted: false }),
  ],
  "at the end nothing is open, held, or registered without a process": [
    () => ({ remains: { lockedJobs: ["7"], goneWorkers: [], lookedAt: 1 } }),
    () => ({ remains: { lockedJobs: [], goneWorkers: ["w1"], lookedAt: 1 } }),
  ],
};

test.each(
  Object.entries(doctored).flatMap(([name, doctors]) =>
    doctors.map((doctor, at) => [name, at + 1, doctor] as const),
  ),
)("what breaks “%s” (%i) breaks that and nothing else", (name, _, doctor) => {
  const history = createSampleHistory();
  const findings = examineHistory({ ...history, ...doctor(history) });
  const broken = findings.filter(({ violations }) => violations.length > 0);
  expect(broken.map((finding) => finding.name)).toEqual([name]);
});

test("a finding says in one line what holds, what is broken, and what nothing was seen of", () => {
  const history = createSampleHistory();
  const lineOf = (name: Finding["name"], change: Partial<History> = {}) =>
    examineHistory({ ...history, ...change })
      .filter((finding) => finding.name === name)
      .map(describeFinding);
  const name = "no table and no log names a person";
  expect(lineOf(name)).toEqual([`${name}: holds (3 rows and lines)`]);
  const searches = [{ place: "the log", lines: 1_234, found: ["a", "b", "c", "d"] }];
  expect(lineOf(name, { searches })).toEqual([
    `${name}: broken (4 in 1,234 rows and lines): a in the log; b in the log; c in the log; …`,
  ]);
  expect(lineOf(name, { searches: [] })).toEqual([`${name}: nothing seen`]);
});

test("what was not written down is not looked at", () => {
  const history = createSampleHistory();
  const logs = { clients: [], rows: [], nemesis: [], answers: [], searches: [], remains: null };
  const none = { ...logs, sentReports: null, serviceEvents: [], subjects: null };
  const findings = examineHistory({ ...history, ...none });
  expect(findings.flatMap(({ violations }) => violations)).toEqual([]);
  expect(findings.filter(({ seen }) => seen === 0)).toHaveLength(11);
});

test("a call is too late by when it was sent, however long a service took to look at it", () => {
  const history = createSampleHistory();
  const looked = { arrivedAt: epoch + 9_999, sentAt: epoch + 2_620 };
  const changed = change("calls", callOf("orders", 1), looked)(history);
  const name: Finding["name"] = "a part that is deleted is not called again";
  const finding = examineHistory({ ...history, ...changed }).find((each) => each.name === name);
  expect(finding).toMatchObject({ seen: 7, violations: [] });
});

test("statistics count what happened, so that a run in which nothing did can be told", () => {
  expect(statistics(createSampleHistory())).toEqual({
    ...{ deletions: 3, parts: 4, events: 22, calls: 8, requestsOk: 3, requestsUnknown: 0 },
    ...{ kills: 1, stops: 0, databaseStops: 0, drains: 0, breakersOpened: 1, rowsDeleted: 1 },
    ...{ staleAnswers: 0, lostAnswers: 0, staleReports: 0, retries: 4, lostClaims: 1 },
    ...{ reconciled: 0, excused: 1, breakersClosed: 1, probes: { calls: 1, atOnce: 1 } },
    callsAtOnce: { orders: 1, realty: 1 },
    resumes: { count: 1, missing: [], p50: 10, p99: 10, max: 10 },
  });
});

test("an answer that comes when its part has a newer attempt is counted as stale", () => {
  const history = createSampleHistory();
  const late = { status: 202, answeredAt: epoch + 1_401 };
  const { calls } = change("calls", callOf("realty", 3), late)(history);
  const again = add("reports", { state: "deleted", effect: "recorded", times: 3 })(history);
  expect(statistics({ ...history, ...again, calls: calls ?? [] })).toMatchObject({
    ...{ staleAnswers: 1, lostAnswers: 0, staleReports: 3 },
  });
});

test("an answer whose part was called anew all the same is counted as lost", () => {
  const history = createSampleHistory();
  const lost = { ...{ attempt: 1, status: 202 }, arrivedAt: epoch + 55, answeredAt: epoch + 57 };
  const like = history.calls.findIndex(callOf("realty", 2));
  const { calls } = add("calls", lost, like)(history);
  const counted = statistics({ ...history, calls: calls ?? [] });
  expect(counted).toMatchObject({ staleAnswers: 0, lostAnswers: 1 });
});

test("a part that never goes on after its worker was killed is missing", () => {
  const history = createSampleHistory();
  const { events } = drop("events", (event) => ofLast(event) && event.at > epoch + 60)(history);
  const cut = { ...history, events: events ?? [] };
  const missing = ["d3 realty/1, attempt 1 never went on"];
  expect(statistics(cut).resumes).toMatchObject({ count: 1, missing });
  const name: Finding["name"] = "what a killed worker had under way goes on in seconds";
  const finding = examineHistory(cut).find((each) => each.name === name);
  expect(finding).toMatchObject({ seen: 1, violations: missing });
});

test("two calls behind an open breaker are counted as two at once, until the first has ended", () => {
  const history = createSampleHistory();
  const probesWith = (at: number) => {
    const second = { ...{ deletion_id: "d2", service: "realty", at: epoch + at }, attempt: 9 };
    const { events } = add("events", { ...second, seq: 99, event: "claimed" })(history);
    return statistics({ ...history, events: events ?? [] }).probes;
  };
  expect(probesWith(1_205)).toEqual({ calls: 2, atOnce: 2 });
  expect(probesWith(1_211)).toEqual({ calls: 2, atOnce: 1 });
});

test("what was called behind an open breaker counts once that has closed", () => {
  const history = createSampleHistory();
  const changes = [
    change("events", eventAt(1_210, "realty"), { event: "attempt_failed" }),
    change("parts", (row) => ofLast(row) && ofRealty(row), { failures: 3 }),
    change("serviceEvents", ({ event }) => event === "breaker_closed", { at: epoch + 1_209 }),
  ].map((doctor) => doctor(history));
  const findings = examineHistory(Object.assign({}, history, ...changes));
  expect(findings.flatMap(({ violations }) => violations)).toEqual([]);
});

test("what a service refuses counts, though its breaker was open: that is an answer", () => {
  const history = createSampleHistory();
  const brokenWith = (status: number) => {
    const changes = [
      change("events", eventAt(1_210, "realty"), { event: "attempt_failed" }),
      change("parts", (row) => ofLast(row) && ofRealty(row), { failures: 3 }),
      change("calls", callOf("realty", 3), { status, answeredAt: epoch + 1_204 }),
    ].map((doctor) => doctor(history));
    return examineHistory(Object.assign({}, history, ...changes))
      .filter(({ violations }) => violations.length > 0)
      .map(({ name }) => name);
  };
  expect(brokenWith(403)).toEqual([]);
  expect(brokenWith(503)).toEqual(["a failure behind an open breaker costs no attempt"]);
});
