import { describe, expect, test, vi } from "vitest";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { learnServices } from "../../src/flows/learn-services.ts";
import { resumeParked } from "../../src/flows/resume-parked.ts";
import { type Answer, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { deletionOf, partOf, partsOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

const uids = ["1", "2", "3", "4", "5"];
const timeout = { statusMs: 60_000, deleteMs: 60_000, exportMs: 60_000 };

/** A service that answers nobody until it is told to. */
async function startSlow(name: string) {
  const service = await startFakeService(name);
  const answers: ((answer: Answer) => void)[] = [];
  service.onDelete = () => new Promise((resolve) => answers.push(resolve));
  return {
    service,
    answerAll: () => {
      service.onDelete = () => ({ status: 202 });
      for (const answer of answers.splice(0)) answer({ status: 202 });
    },
    async [Symbol.asyncDispose]() {
      for (const answer of answers) answer({ status: 500 });
      await service[Symbol.asyncDispose]();
    },
  };
}

describe("a slow service", () => {
  test("keeps nobody's place in the queue: its calls go on, and the others are done meanwhile", async () => {
    await using slow = await startSlow("slow");
    await using quick = await startFakeService("quick");
    await using hub = await createTestHub({
      categories: ["1"],
      services: [[slow.service, { timeout, concurrency: 2 }], [quick]],
      overrides: { patienceMs: 50 },
    });
    for (const uid of uids) await hub.remove(uid, "r", ["1"]);
    for (const uid of uids) {
      await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, uid)).id });
    }
    expect(quick.deletes()).toHaveLength(uids.length);
    expect(slow.service.deletes()).toHaveLength(2);
    slow.answerAll();
    await hub.flows.drives.settled();
    const states = await Promise.all(uids.map(async (uid) => (await partsOf(hub, uid))[1]?.state));
    expect(states).toEqual(["accepted", "accepted", "due", "due", "due"]);
  });

  test("those who found no room stand in line, and go on as room comes, without the queue", async () => {
    await using slow = await startSlow("slow");
    await using hub = await createTestHub({
      categories: ["1"],
      services: [[slow.service, { timeout, concurrency: 2 }]],
      overrides: { patienceMs: 50 },
    });
    hub.flows.gates.onRoom((service) => void resumeParked(hub.flows, { service }));
    for (const uid of uids) await hub.remove(uid, "r", ["1"]);
    for (const uid of uids) {
      await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, uid)).id });
    }
    // Their jobs stood for them till they were in line, and are not needed any more.
    const parked = await hub.sql`select from parts where parked_at is not null`;
    expect(parked).toHaveLength(uids.length - 2);
    await hub.sql`delete from graphile_worker._private_jobs`;
    slow.answerAll();
    await vi.waitFor(
      async () => {
        await learnServices(hub.flows);
        const parts = await Promise.all(uids.map((uid) => partOf(hub, uid)));
        expect(parts.map(({ state }) => state)).toEqual(uids.map(() => "accepted"));
      },
      { timeout: 90_000, interval: 20 },
    );
    const called = slow.service.deletes().map(({ body }) => body.report_uid);
    expect(called.toSorted()).toEqual(uids);
    expect(hub.flows.gates.spare("slow")).toBe(2);
  });

  test("two processes that feed one line call nobody twice", async () => {
    await using slow = await startSlow("slow");
    await using hub = await createTestHub({
      categories: ["1"],
      services: [[slow.service, { timeout, concurrency: 1 }]],
      overrides: { patienceMs: 50 },
    });
    await using other = startSecondProcess(hub, [slow.service]);
    const many = Array.from({ length: 20 }, (_, at) => String(100 + at));
    for (const uid of many) await hub.remove(uid, "r", ["1"]);
    for (const uid of many) {
      await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, uid)).id });
    }
    slow.answerAll();
    const feed = async () => {
      for (const flows of [hub.flows, other.flows]) await learnServices(flows);
      await Promise.all(
        [hub.flows, other.flows].map((flows) => resumeParked(flows, { service: "slow" })),
      );
      await hub.flows.drives.settled();
    };
    await vi.waitFor(
      async () => {
        await feed();
        expect(slow.service.deletes().length).toBeGreaterThanOrEqual(many.length);
      },
      { timeout: 90_000, interval: 5 },
    );
    const called = slow.service.deletes().map(({ body }) => body.report_uid);
    expect(called.toSorted()).toEqual(many);
  });
});

describe("several lines at once", () => {
  test("a deletion takes along its parts for other services with room, but past nobody who waits longer", async () => {
    await using one = await startFakeService("one");
    await using two = await startFakeService("two");
    await using three = await startFakeService("three");
    await using hub = await createTestHub({
      categories: ["1"],
      services: [[one], [two], [three]],
    });
    for (const uid of ["1", "2"]) await hub.remove(uid, "r", ["1"]);
    // The first user stands in the line of the third service only, and has done so for long.
    const { id } = await deletionOf(hub, "1");
    await hub.sql`
      update parts set parked_at = due_at - (case when deletion_id = ${id} then interval '1 min' else '0' end)
       where service = 'three' or deletion_id <> ${id}`;
    await learnServices(hub.flows);
    await resumeParked(hub.flows, { service: "one" });
    await hub.flows.drives.settled();
    const called = (service: FakeService) => service.deletes().map(({ body }) => body.report_uid);
    expect([called(one), called(two), called(three)]).toEqual([["2"], ["2"], []]);
  });
});

describe("draining", () => {
  test("what is under way ends and is recorded, nothing more is claimed, and the queue gives the rest to others", async () => {
    await using slow = await startSlow("slow");
    await using next = await startFakeService("next");
    await using hub = await createTestHub({
      categories: ["1"],
      services: [
        [slow.service, { timeout, completion: "answer" }],
        [next, { after: ["slow"] }],
      ],
    });
    slow.service.onDelete = (call) => {
      void hub.flows.drives.drain(20_000);
      return call.body.attempt === 1 ? { status: 200 } : { status: 500 };
    };
    await hub.remove("1", "r", ["1"]);
    await driveDeletion(hub.flows, { deletionId: (await deletionOf(hub, "1")).id });
    expect((await partsOf(hub, "1")).map(({ service, state }) => [service, state])).toEqual([
      ["next", "due"],
      ["slow", "deleted"],
    ]);
    expect(next.deletes()).toEqual([]);
    const jobs = await hub.sql`select run_at <= now() as is_due from graphile_worker.jobs`;
    expect(jobs.map(({ is_due }) => is_due)).toEqual([true]);
  });
});
