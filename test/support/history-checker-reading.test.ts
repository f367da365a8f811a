import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeService, startFakeService } from "./fake-service.ts";
import { examineHistory, readHistory, type ServiceCall, searchEverything } from "./history.ts";
import { createTestHub, type TestHub } from "./hub.ts";
import { hurry } from "./ledger-rows.ts";

const uid = "4071936582140759386210475918362";
const requestId = "request-Zq7WkX2mVb9TfJ4hRs6NyC8d";
const calls: ServiceCall[] = [];
let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  realty.onDelete = ({ body }) => {
    const { categories, deletion_id: deletionId, attempt, to } = body;
    const noted = {
      service: "realty",
      kind: "delete",
      categories,
      deletionId,
      attempt,
      to,
    } as const;
    calls.push({ ...noted, arrivedAt: Date.now(), status: 200, body: null });
    return { status: 200 };
  };
  hub = await createTestHub({ services: [[realty, { completion: "answer" }]] });
});

afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await realty?.[Symbol.asyncDispose]();
});

const read = (evidence: Parameters<typeof readHistory>[3] = {}) =>
  readHistory(hub.sql, hub.flows.registry, calls, evidence);

const brokenIn = async (evidence: Parameters<typeof readHistory>[3] = {}) =>
  examineHistory(await read(evidence)).flatMap(({ violations }) => violations);

test("what a real deletion leaves behind is read, matched by uid, and breaks nothing", async () => {
  const invokedAt = Date.now();
  await hub.remove(uid, requestId, ["1"]);
  const middle = await searchEverything(hub.sql, { uid, requestId });
  await hub.drain();
  const endedAt = Date.now() + 1_000;
  const searches = [...middle, ...(await searchEverything(hub.sql, { uid, requestId }))];
  const client = { requestId, uid, categories: ["1"], invokedAt, endedAt };
  const history = await read({
    ...{ subjects: hub.flows.subjects, searches, isOver: true },
    clients: [{ ...client, result: "ok", status: 200 }],
  });
  const findings = examineHistory(history);
  expect(findings.flatMap(({ violations }) => violations)).toEqual([]);
  const seen = new Map<string, number>(findings.map((finding) => [finding.name, finding.seen]));
  expect(
    seen.get("a request that was answered ok is there, with a deletion of each of its categories"),
  ).toBe(1);
  expect(seen.get("nothing is deleted that nobody asked for")).toBe(1);
  expect(history.remains).not.toBeNull();
  // The queue's own tables are among those that were searched, with a job in them.
  const jobs = middle.find(({ place }) => place === "graphile_worker._private_jobs");
  expect(jobs?.lines).toBe(1);
});

test("a uid in any table or text is found, in any form", async () => {
  await hub.sql`insert into graphile_worker._private_known_crontabs (identifier, known_since)
    values (${Buffer.from(`user ${uid}`).toString("base64")}, now())`;
  const searches = await searchEverything(hub.sql, { uid }, { "the log": `a\n{"uid":"${uid}"}\n` });
  expect(searches.filter(({ found }) => found.length > 0)).toEqual([
    { place: "graphile_worker._private_known_crontabs", lines: 1, found: ["uid: base64+2"] },
    { place: "the log", lines: 2, found: ["uid: plain"] },
  ]);
  await hub.sql`delete from graphile_worker._private_known_crontabs`;
});

test("an open deletion without a job, long after its wake-up, is lost", async () => {
  await hub.remove(uid, "another", ["2"]);
  await hurry(hub, 31_000);
  const lost = /should have woken long ago/;
  expect((await brokenIn()).filter((line) => lost.test(line))).toEqual([]);
  await hub.sql`delete from graphile_worker._private_jobs`;
  expect(await brokenIn()).toEqual([expect.stringMatching(lost)]);
});

test("a job that is held and a worker without its lock are seen at the end", async () => {
  await hub.sql`select graphile_worker.add_job('drive_deletion')`;
  await hub.sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'gone'`;
  await hub.sql`insert into hub_workers (worker_id, pool_ids) values ('dead', '{}'), ('alive', '{}')`;
  await hub.sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(7461, lock_key) from hub_workers where worker_id = 'alive'`;
    const history = await read({ isOver: true });
    expect(history.remains).toMatchObject({ goneWorkers: ["dead"], lookedAt: 3 });
    expect(history.remains?.lockedJobs).toHaveLength(1);
  });
});
