import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRegistry } from "../../src/domain/registry.ts";
import { acceptDeletion } from "../../src/flows/accept-deletion.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { learnServices } from "../../src/flows/learn-services.ts";
import { sweep } from "../../src/flows/sweep.ts";
import { createApp } from "../../src/http/app.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { readAnswer } from "../http/support/answers.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { deletionOf, hurry, partsOf } from "../support/ledger-rows.ts";
import { type SecondProcess, startSecondProcess } from "../support/second-process.ts";

let alpha: FakeService;
let beta: FakeService;
/** The new configuration: category 2 and beta have just been added. */
let hub: TestHub;
let older: SecondProcess;
let lastUid = 7_000;

beforeAll(async () => {
  alpha = await startFakeService("alpha");
  beta = await startFakeService("beta");
  hub = await createTestHub({ services: [[alpha], [beta, { categories: ["2"] }]] });
  const [first] = hub.flows.registry.services;
  if (!first) throw new Error("no service");
  const registry = createRegistry({
    categories: hub.flows.registry.categories.slice(0, 1),
    services: [{ ...first, categories: ["1"] }],
  });
  older = startSecondProcess(hub, [alpha], { registry });
});
beforeEach(() => {
  for (const service of [alpha, beta]) service.calls.length = 0;
});
afterAll(async () => {
  for (const each of [older, hub, alpha, beta]) await each[Symbol.asyncDispose]();
});

async function accept(): Promise<{ uid: string; deletionId: string }> {
  lastUid += 1;
  const uid = `${lastUid}`;
  expect((await hub.remove(uid, "r", ["1", "2"])).status).toBe(200);
  return { uid, deletionId: (await deletionOf(hub, uid)).id };
}

const statesOf = async (uid: string) =>
  (await partsOf(hub, uid)).map((part) => `${part.service}/${part.category_id} ${part.state}`);

/** Reports everything that the service was told to delete. @returns the answers' statuses. */
async function report(
  to: SecondProcess | TestHub,
  service: FakeService,
  more: object = {},
): Promise<number[]> {
  const bodies = service
    .deletes()
    .flatMap(({ body }) => body.categories.map((id: string) => doneReport(body, id)));
  const answers = await Promise.all(bodies.map((body) => send(to, service, { ...body, ...more })));
  return answers.map(({ status }) => status);
}

async function send(to: SecondProcess | TestHub, service: FakeService, body: object) {
  const app = createApp({ ...hub.context.http, flows: to.flows });
  return await app.request("/takeout/set_data_status", {
    method: "POST",
    headers: {
      "x-ya-service-ticket": await service.client.serviceTicket(),
      "content-type": "application/json",
    },
    body: JSON.stringify({ service: service.name, ...body }),
  });
}

test("a process holds the parts of what its configuration does not know, also at the deadline, and neither loses nor ends them", async () => {
  const { uid, deletionId } = await accept();
  await driveDeletion(older.flows, { deletionId });
  const held = ["alpha/2 due", "beta/2 due"];
  expect(await statesOf(uid)).toEqual(["alpha/1 accepted", ...held]);
  await hub.passTime(31 * 86_400_000);
  await driveDeletion(older.flows, { deletionId });
  expect(await statesOf(uid)).toEqual(["alpha/1 delete_failed", ...held]);
});

test("what one process holds the other brings to its end, whoever of them drives first", async () => {
  const accepted = await Promise.all(Array.from({ length: 20 }, accept));
  await Promise.all(
    accepted.flatMap(({ deletionId }, n) => {
      const both = [older.flows, hub.flows].map((flows) => driveDeletion(flows, { deletionId }));
      return n % 2 === 0 ? both : both.reverse();
    }),
  );
  for (let turn = 0; turn < 2; turn += 1) {
    await hurry(hub, 120_000);
    await sweep(older.flows);
    await hub.drain();
  }
  for (const service of [alpha, beta]) await report(hub, service);
  for (const { uid, deletionId } of accepted) {
    expect(await statesOf(uid)).toEqual(["alpha/1 deleted", "alpha/2 deleted", "beta/2 deleted"]);
    const asked = [alpha, beta].flatMap((service) =>
      service
        .deletes()
        .filter(({ body }) => body.deletion_id === deletionId)
        .flatMap(({ body }) => body.categories.map((id: string) => `${service.name}/${id}`)),
    );
    expect(asked.sort()).toEqual(["alpha/1", "alpha/2", "beta/2"]);
  }
});

test("a report of a category that a process does not know counts with all that it says, for the ledger knows the part", async () => {
  const { uid, deletionId } = await accept();
  await driveDeletion(hub.flows, { deletionId });
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const retained = { outcome: "retained", reason: "tax_law", retained_until: until };
  expect(await report(older, alpha, retained)).toEqual([200, 200]);
  expect(await statesOf(uid)).toEqual(["alpha/1 deleted", "alpha/2 deleted", "beta/2 accepted"]);
  const rows = await hub.sql`
    select outcome, reason, retained_until::timestamptz(3) = ${until}::timestamptz as is_exact from parts where deletion_id = ${deletionId} and service = 'alpha'`;
  const said = { outcome: "retained", reason: "tax_law", is_exact: true };
  expect(rows).toMatchObject([said, said]);
  expect(await report(hub, beta)).toEqual([200]);
  expect((await deletionOf(hub, uid)).closed_at).not.toBeNull();
});

test("a failure of a category that a process does not know is to be repeated, until one that knows it hears it", async () => {
  const { uid, deletionId } = await accept();
  await driveDeletion(hub.flows, { deletionId });
  const failed = { state: "delete_failed", retriable: false };
  expect((await report(older, alpha, failed)).sort()).toEqual([200, 503]);
  expect(await statesOf(uid)).toEqual([
    ...["alpha/1 delete_failed", "alpha/2 accepted", "beta/2 accepted"],
  ]);
  await report(hub, alpha, failed);
  expect(await statesOf(uid)).toContain("alpha/2 delete_failed");
  expect(await report(older, alpha, failed)).toEqual([200, 200]);
});

test("a category that neither a process nor the named deletion knows is refused, and one of an older deletion is stale", async () => {
  const { deletionId } = await accept();
  await driveDeletion(hub.flows, { deletionId });
  const [order] = alpha.deletes();
  const about = doneReport(order?.body, "2");
  const refusals = [
    { ...about, category_id: "9" },
    { ...about, deletion_id: undefined },
    { ...about, yandex_uid: "6999" },
    { ...about, deletion_id: randomUUID() },
  ];
  const answers = await Promise.all(
    refusals.map(
      async (body) => (await readAnswer("setDataStatus", await send(older, alpha, body))).code,
    ),
  );
  expect(answers).toEqual([
    ...["category_unknown", "category_unknown", "category_unknown", "stale_deletion"],
  ]);
});

test("a report of a service that a process does not know is refused by it and counts where it is known", async () => {
  const { uid, deletionId } = await accept();
  await driveDeletion(hub.flows, { deletionId });
  expect(await report(older, beta)).toEqual([403]);
  for (const service of [alpha, beta]) await report(hub, service);
  expect(await statesOf(uid)).toEqual(["alpha/1 deleted", "alpha/2 deleted", "beta/2 deleted"]);
});

describe("what waits for a service that nobody calls", () => {
  /** A deletion of category 2, of which alpha is paused and beta goes after it, as a process once had it. */
  async function wait(): Promise<string> {
    lastUid += 1;
    const uid = `${lastUid}`;
    const { categories, services } = hub.flows.registry;
    const ordered = services.map((one) =>
      one.name === "beta" ? { ...one, after: ["alpha"] } : one,
    );
    const registry = createRegistry({ categories, services: ordered });
    await using former = startSecondProcess(hub, [alpha, beta], { registry });
    await hub.sql`insert into service_states (service, paused_at) values ('alpha', now())`;
    await learnServices(former.flows);
    const wish = { uid, categoryIds: ["2"], takeoutRequestId: "r", requestId: "r" };
    await acceptDeletion(former.flows, { ...wish, origin: "portal" });
    await driveDeletion(former.flows, { deletionId: (await deletionOf(hub, uid)).id });
    expect(await statesOf(uid)).toEqual(["alpha/2 due", "beta/2 waiting"]);
    await hub.sql`delete from graphile_worker._private_jobs`;
    await learnServices(hub.flows);
    return uid;
  }
  const passDay = async () => {
    await hub.passTime(86_400_000 + 60_000);
    await sweep(hub.flows);
    await hub.drain();
  };
  afterEach(async () => {
    await hub.sql`delete from service_states`;
    await learnServices(hub.flows);
  });

  test("is called within a day when a new configuration takes it out of that order", async () => {
    const uid = await wait();
    await passDay();
    expect(await statesOf(uid)).toEqual(["alpha/2 due", "beta/2 accepted"]);
  });

  test("ends at the deadline of a new configuration, within a day of it", async () => {
    const uid = await wait();
    const { rules } = hub.flows;
    await using sooner = startSecondProcess(hub, [alpha, beta], {
      rules: { ...rules, deadlineMs: 3_600_000 },
    });
    await hub.passTime(86_400_000 + 60_000);
    await sweep(sooner.flows);
    const { id: deletionId } = await deletionOf(hub, uid);
    const jobs = await hub.sql`
      select from graphile_worker._private_jobs where key = ${`drive_deletion:${deletionId}`}`;
    expect(jobs).toHaveLength(1);
    await driveDeletion(sooner.flows, { deletionId });
    expect(await statesOf(uid)).toEqual(["alpha/2 delete_failed", "beta/2 delete_failed"]);
  });
});
