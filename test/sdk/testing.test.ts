import { createTakeoutClient, isTakeoutApiError, TakeoutSdkError } from "takeout-sdk";
import {
  category,
  createTakeoutService,
  denied,
  erased,
  retained,
  type TakeoutServiceOptions,
} from "takeout-sdk/service";
import {
  createFakeHub,
  createMemoryStore,
  createTestClock,
  createTestKey,
  type FakeHub,
  makeTicket,
} from "takeout-sdk/testing";
import { describe, expect, test } from "vitest";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";

const user = { uids: ["4001", "4002"] };
const always = (status: number, body: object = {}) => ({
  fetch: async () => Response.json(body, { status }),
});

async function connected(options: Partial<TakeoutServiceOptions> = {}) {
  const hub = await createFakeHub({ service: "realty" });
  const held = category("1", {
    status: async () => "ready_to_delete",
    delete: async () => erased(),
  });
  const service = createTakeoutService({ ...hub.serviceOptions, categories: [held], ...options });
  hub.connect(service);
  return { hub, service };
}

test("a service is tried without a port: states, a deletion and its report", async () => {
  const { hub } = await connected();
  expect(await hub.status(user, ["1", "9"])).toEqual({ "1": "ready_to_delete", "9": "empty" });
  const deletion = await hub.delete(user, ["1", "9"]);
  expect(deletion.status).toBe(200);
  expect(await deletion.ended()).toEqual([
    { category: "1", state: "deleted", outcome: "erased" },
    { category: "9", state: "deleted", outcome: "nothing_found" },
  ]);
  expect(deletion.reports).toHaveLength(2);
  expect(deletion.reports[0]).toMatchObject({ deletion_id: deletion.id, yandex_uid: "4001" });
});

test("without a name the state of every category that the hub knows is asked for", async () => {
  const hub = await createFakeHub({ service: "realty", categories: ["1", "9"] });
  const held = category("1", {
    status: async () => "ready_to_delete",
    delete: async () => erased(),
  });
  hub.connect(createTakeoutService({ ...hub.serviceOptions, categories: [held] }));
  expect(await hub.status(user, [])).toEqual({ "1": "ready_to_delete", "9": "empty" });
  const knowsNone = await createFakeHub();
  await expect(knowsNone.status(user, [])).rejects.toThrow("name a category");
});

test.each([
  [204, true],
  [206, true],
  [302, false],
  [404, false],
  [425, true],
  [500, true],
])("an answer of %i is asked for again as the hub does: %s", async (status, retriable) => {
  const hub = await createFakeHub({ service: "realty" });
  hub.connect({ fetch: async () => new Response(null, { status }) });
  expect((await hub.delete(user, ["1"])).part("1")).toMatchObject({
    state: "delete_failed",
    retriable,
  });
  expect(await hub.export(user, ["1"])).toMatchObject({ state: "export_failed", retriable });
});

test("what a service says of a part is seen as the hub would see it", async () => {
  const until = new Date("2030-01-01T00:00:00Z");
  const categories = [
    category("1", { status: async () => "empty", delete: async () => denied("debt") }),
    category("2", {
      status: async () => "empty",
      delete: async () => retained({ until, reason: "tax_law" }),
    }),
    category("3", { status: async () => "empty", delete: () => Promise.reject(new Error("no")) }),
  ];
  const { hub } = await connected({ categories, log: () => {} });
  const deletion = await hub.delete(user, ["1", "2", "3"]);
  await deletion.ended();
  expect(deletion.part("1")).toMatchObject({
    state: "delete_failed",
    reason: "debt",
    retriable: false,
  });
  expect(deletion.part("2")).toMatchObject({
    outcome: "retained",
    retainedUntil: until,
    reason: "tax_law",
  });
  expect(deletion.part("3")).toMatchObject({ state: "delete_failed", retriable: true });
  expect(() => deletion.part("4")).toThrow("no category");
});

test("a part that failed can be called again, one that is done is left alone", async () => {
  let fails = true;
  const runs: string[] = [];
  const held = (id: string, mayFail: boolean) =>
    category(id, {
      status: async () => "empty",
      delete: async () => {
        runs.push(id);
        if (fails && mayFail) throw new Error("no");
        return erased();
      },
    });
  const categories = [held("1", true), held("2", false)];
  const { hub } = await connected({ categories, log: () => {} });
  const deletion = await hub.delete(user, ["1", "2"]);
  await deletion.ended();
  fails = false;
  await deletion.callAgain();
  await deletion.ended();
  expect([runs, deletion.attempt, deletion.part("1").state]).toEqual([
    ["1", "2", "1"],
    2,
    "deleted",
  ]);
  expect(deletion.part("1")).not.toHaveProperty("error");
});

test.each([
  [{ claims: { aud: "orders" } }],
  [{ claims: { iss: "desk" } }],
  [{ header: { typ: "user-ticket+jwt" } }],
  [{ claims: { exp: 1 } }],
  [{ lifetimeSeconds: 3_601 }],
  [{ header: { kid: "other" } }],
])("a service refuses a ticket that the hub spoils: %j", async (options) => {
  const { hub } = await connected({ log: () => {} });
  const ticket = await hub.ticket(options);
  const body = { yandex_uids: [{ uid: "4001", is_portal: true }], categories: ["1"] };
  const headers = { "x-ya-service-ticket": ticket };
  expect((await hub.call("/v1/takeout/status/", body, headers)).status).toBe(401);
  expect((await hub.call("/v1/takeout/status/", body)).status).toBe(200);
});

test("a service in another process is called over HTTP, and reports over HTTP", async () => {
  await using hub = await createFakeHub({ service: "realty", port: 0 });
  const { hub: settings, signingKey, service: name } = hub.serviceOptions;
  expect(settings.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const client = createTakeoutClient({ service: name, signingKey, hub: settings });
  const service = await startFakeService("realty");
  hub.connect(service.url);
  service.onDelete = () => ({ status: 202 });
  const deletion = await hub.delete(user, ["1"]);
  await client.setDataStatus({ yandex_uid: "4002", category_id: "1", state: "deleted" });
  expect(await deletion.ended()).toMatchObject([{ state: "deleted" }]);
  await service[Symbol.asyncDispose]();
});

describe("a clock that the test holds", () => {
  test("lets a report be repeated for hours in no time", async () => {
    const clock = createTestClock(new Date("2026-01-01T00:00:00Z"));
    const hub = await createFakeHub({ service: "realty", clock });
    const store = createMemoryStore({ clock });
    const held = category("1", { status: async () => "empty", delete: async () => erased() });
    await using service = createTakeoutService({
      ...hub.serviceOptions,
      categories: [held],
      store,
    });
    await service.start();
    hub.connect(service);
    hub.interfere(() => new Response(null, { status: 503 }));
    const deletion = await hub.delete(user, ["1"]);
    await clock.advance(12 * 3_600_000);
    expect(deletion.part("1").state).toBe("accepted");
    const sent = hub.received;
    expect(sent).toBeGreaterThan(12 * 12);
    hub.interfere(undefined);
    await clock.advance(5 * 60_000);
    expect(await deletion.ended()).toMatchObject([{ state: "deleted" }]);
    expect(deletion.reports[0]?.completed_at).toBe("2026-01-01T00:00:00.000Z");
    expect(hub.received).toBe(sent + 1);
  });

  test("and gives a report up after 24 hours, with the log saying so", async () => {
    const clock = createTestClock();
    const hub = await createFakeHub({ service: "realty", clock });
    const logged: string[] = [];
    const held = category("1", { status: async () => "empty", delete: async () => erased() });
    await using service = createTakeoutService({
      ...hub.serviceOptions,
      categories: [held],
      store: createMemoryStore({ clock }),
      log: ({ event }) => logged.push(event),
    });
    await service.start();
    hub.connect(service);
    hub.interfere(() => new Response(null, { status: 503 }));
    await hub.delete(user, ["1"]);
    await clock.advance(23.9 * 3_600_000);
    expect(logged).not.toContain("report_failed");
    expect(await hub.status(user, ["1"])).toEqual({ "1": "delete_in_progress" });
    await clock.advance(3_600_000);
    expect(logged).toContain("report_failed");
    expect(await hub.status(user, ["1"])).toEqual({ "1": "empty" });
    expect(clock.waiting).toBe(0);
  });
});

test("keys and tickets of one's own are what the hub's verifier takes", async () => {
  const key = await createTestKey("k1", "ES256");
  const { hub } = await connected();
  const ticket = await makeTicket({ key, issuer: "takeout", audience: "realty" });
  const body = { yandex_uids: [{ uid: "4001", is_portal: true }], categories: ["1"] };
  const headers = { "x-ya-service-ticket": ticket };
  expect((await hub.call("/v1/takeout/status/", body, headers)).status).toBe(401);
  expect(key.publicJwk).not.toHaveProperty("d");
});

test("a wait in vain ends", async () => {
  const hub = await createFakeHub({ service: "realty" });
  hub.connect(always(202));
  const deletion = await hub.delete(user, ["1"]);
  await expect(deletion.ended(20)).rejects.toThrow("has not ended");
});

// What a service may send, in an order that leads through most of the rules. `$id`: the deletion's.
type Body = Record<string, unknown>;
const good = { yandex_uid: "4001", category_id: "1", state: "deleted" };
const sequences: Record<string, readonly Body[]> = {
  "a plain report": [good, good],
  "a fenced report": [{ ...good, deletion_id: "$id", attempt: 1, outcome: "retained" }],
  "another deletion": [{ ...good, deletion_id: "d-other" }],
  "a failure, then its success": [
    { ...good, state: "delete_failed", error: { code: "a", message: "b" }, retriable: false },
    good,
  ],
  "a success, then a failure": [good, { ...good, state: "delete_failed" }],
  "an unknown field": [{ ...good, mood: "good" }],
  "an unknown state": [{ ...good, state: "gone" }],
  "no uid": [{ ...good, yandex_uid: undefined }],
  "a number for a uid": [{ ...good, yandex_uid: 4001 }],
  "an unknown category": [{ ...good, category_id: "77" }],
  "another's name": [{ ...good, service: "orders" }],
  "a user nobody deletes": [{ ...good, yandex_uid: "4999" }],
  "such a user, fenced": [{ ...good, yandex_uid: "4999", deletion_id: "$id" }],
  "an outcome nobody knows": [{ ...good, outcome: "vanished" }],
  "an instant that is none": [{ ...good, completed_at: "yesterday" }],
  "an error of another form": [{ ...good, state: "delete_failed", error: "no" }],
  "an error without a message": [
    { ...good, state: "delete_failed", error: { code: "a" }, retriable: false },
  ],
  "an error whose code is a sentence": [
    { ...good, state: "delete_failed", error: { code: "the disk is full" } },
  ],
  "an error with too long a code": [
    { ...good, state: "delete_failed", error: { code: "c".repeat(65) } },
  ],
  "an error with too long a message": [
    { ...good, state: "delete_failed", error: { code: "a", message: "m".repeat(4_097) } },
  ],
  "an instant before the first year": [{ ...good, completed_at: "0000-12-31T00:00:00Z" }],
  "an instant of no calendar": [{ ...good, completed_at: "2026-02-30T00:00:00Z" }],
  "an attempt that nobody counts to": [{ ...good, attempt: 2 ** 31 }],
  "an attempt below zero": [{ ...good, attempt: -1 }],
};

test.each(Object.entries(sequences))(
  "the fake hub answers as the hub does: %s",
  async (_, bodies) => {
    await using realty = await startFakeService("realty");
    realty.onDelete = () => ({ status: 202 });
    await using hub = await createTestHub({ services: [[realty]], categories: ["1", "2"] });
    await hub.remove("4001", "r-1", ["1"]);
    await hub.drain();
    const id = realty.deletes()[0]?.body.deletion_id as string;

    const fake = await createFakeHub({ service: "realty", categories: ["1", "2"] });
    fake.connect(always(202));
    const deletion = await fake.delete({ uids: ["4001"] }, ["1"], { id });

    for (const body of bodies) {
      const filled = {
        service: "realty",
        ...body,
        ...(body.deletion_id === "$id" && { deletion_id: id }),
      };
      const real = await hub.report(realty, filled);
      const said = await send(fake, filled);
      expect(await summaryOf(said)).toEqual(await summaryOf(real));
      const [part] = await hub.sql`select state from parts where category_id = '1'`;
      expect(deletion.part("1").state).toBe(part?.state);
    }
  },
);

async function send(hub: FakeHub, body: Body): Promise<Response> {
  const { signingKey } = hub.serviceOptions;
  const key = { privateJwk: signingKey as never, publicJwk: {} as never };
  const ticket = await makeTicket({ key, issuer: "realty", audience: "takeout" });
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", "x-ya-service-ticket": ticket },
    body: JSON.stringify(body),
  };
  return hub.fetch(new Request(`${hub.url}/takeout/set_data_status`, init));
}

async function summaryOf(answer: Response) {
  const { code, errors } = (await answer.json()) as {
    code?: string;
    errors?: { pointer: string }[];
  };
  return { status: answer.status, code, pointers: errors?.map(({ pointer }) => pointer) };
}

test("the client learns of a refusal what the hub said", async () => {
  const hub = await createFakeHub({ service: "realty", categories: ["1"] });
  const client = createTakeoutClient(hub.serviceOptions);
  const error = await client
    .setDataStatus({ yandex_uid: "4001", category_id: "2", state: "deleted" })
    .catch((reason: unknown) => reason);
  expect(isTakeoutApiError(error)).toBe(true);
  expect(error instanceof TakeoutSdkError && error.code).toBe("category_unknown");
});
