import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Behaviour, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { readAnswer } from "./support/answers.ts";
import { newUid } from "./support/uids.ts";

const hourMs = 3_600_000;

let alpha: FakeService;
let beta: FakeService;
/** The only service of category 4, and one that has little time to answer. */
let moody: FakeService;
let hub: TestHub;

beforeAll(async () => {
  [alpha, beta, moody] = await Promise.all([
    startFakeService("alpha"),
    startFakeService("beta"),
    startFakeService("moody"),
  ]);
  hub = await createTestHub({
    categories: ["3", "1", "2", "4"],
    services: [
      [alpha, { categories: ["1", "2", "3"] }],
      [beta, { categories: ["2", "3"], after: ["alpha"] }],
      [
        moody,
        { categories: ["4"], timeout: { statusMs: 300, deleteMs: 10_000, exportMs: 30_000 } },
      ],
    ],
    overrides: { random: () => 0 },
  });
});

beforeEach(() => {
  for (const service of [alpha, beta, moody]) {
    service.onStatus = says("ready_to_delete");
    service.onDelete = () => ({ status: 200 });
    service.calls.length = 0;
  }
});

afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  for (const service of [alpha, beta, moody]) await service[Symbol.asyncDispose]();
});

/** The same state for all that is asked. */
function says(state: string): Behaviour {
  return () => ({ status: 200, body: { data_state: state } });
}

/** A state for each category. */
function lists(states: Record<string, string | { state: string; denied: string }>): Behaviour {
  const categories = Object.entries(states).map(([id, said]) =>
    typeof said === "string"
      ? { id, data_state: said }
      : { id, data_state: said.state, denied: { reason: said.denied } },
  );
  return () => ({ status: 200, body: { categories } });
}

async function ask(uid: string, of: TestHub = hub) {
  const answer = await readAnswer("getStatus", await of.portalRequest(uid, "/1/takeout/status/"));
  expect(answer.status).toBe(200);
  const rows: { id: string; state: string; update_date?: string }[] = answer.body.data;
  return {
    states: Object.fromEntries(rows.map(({ id, state }) => [id, state])),
    // biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire
    category: (id: string): any => rows.find((row) => row.id === id),
    errors: (answer.body.errors ?? []) as Record<string, string>[],
    order: rows.map(({ id }) => id),
    headers: answer.headers,
  };
}

const asked = (service: FakeService) =>
  service.statuses().map(({ body }) => [...body.categories].sort());

let requests = 0;

/** Accepts a deletion and makes its calls; what services report is the test's affair. */
async function start(uid: string, categoryIds: readonly string[], of: TestHub = hub) {
  requests += 1;
  const response = await of.remove(uid, `r${requests}`, categoryIds);
  expect(response.status).toBe(200);
  await of.drain();
}

async function report(service: FakeService, body: Record<string, unknown>, of: TestHub = hub) {
  const response = await of.report(service, { state: "deleted", ...body });
  expect(response.status).toBe(200);
}

/** Deletes category 1, which only alpha holds. */
async function deleteFirst(uid: string, reported: Record<string, unknown> = {}) {
  await start(uid, ["1"]);
  await report(alpha, { yandex_uid: uid, category_id: "1", ...reported });
}

describe("what is asked and how it is merged", () => {
  test("every configured category is listed in configured order, with its slug", async () => {
    const answer = await hub.status(newUid());
    expect(answer.data).toEqual(
      ["3", "1", "2", "4"].map((id) => ({
        id,
        slug: `category-${id}`,
        state: "ready_to_delete",
      })),
    );
    expect(answer).not.toHaveProperty("errors");
  });

  test("each service is asked once, for all its categories, under the ticket's uid", async () => {
    const uid = newUid();
    await hub.portalRequest(uid, "/1/takeout/status/?uid=999999&request_id=the-portals-own", {
      headers: {
        "x-request-id": "trace-1",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
    });
    expect([asked(alpha), asked(beta), asked(moody)]).toEqual([
      [["1", "2", "3"]],
      [["2", "3"]],
      [["4"]],
    ]);
    expect(alpha.calls[0]?.body).toEqual({
      yandex_uids: [{ uid, is_portal: true }],
      categories: ["3", "1", "2"],
      request_id: "the-portals-own",
    });
    expect(alpha.calls[0]?.headers).toMatchObject({
      "x-request-id": "trace-1",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    });
  });

  test.each([
    ["empty", "empty", "empty"],
    ["empty", "ready_to_delete", "ready_to_delete"],
    ["ready_to_delete", "empty", "ready_to_delete"],
    ["empty", "delete_in_progress", "delete_in_progress"],
    ["delete_in_progress", "ready_to_delete", "delete_in_progress"],
  ])("of two services, %s and %s are merged to %s", async (first, second, merged) => {
    alpha.onStatus = says(first);
    beta.onStatus = says(second);
    const { states, errors } = await ask(newUid());
    expect(states).toMatchObject({ "1": first, "2": merged, "3": merged });
    expect(errors).toEqual([]);
  });

  test("states of single categories and fields of newer services are understood", async () => {
    alpha.onStatus = () => ({
      status: 200,
      body: {
        categories: [
          { id: "1", data_state: "empty", newer: true },
          { id: "2", data_state: "ready_to_delete" },
          { id: "3", data_state: "empty" },
          { id: "77", data_state: "delete_in_progress" },
        ],
        newer: {},
      },
    });
    beta.onStatus = says("empty");
    const { states, errors } = await ask(newUid());
    expect(states).toMatchObject({ "1": "empty", "2": "ready_to_delete", "3": "empty" });
    expect(errors).toEqual([]);
  });

  test("a service that would refuse now is named with its reason, whatever the state", async () => {
    alpha.onStatus = lists({
      "1": { state: "ready_to_delete", denied: "debt" },
      "2": "empty",
      "3": "empty",
    });
    const { category } = await ask(newUid());
    expect(category("1")).toMatchObject({
      state: "ready_to_delete",
      denied: [{ service: "alpha", reason: "debt" }],
    });
    expect(category("2")).not.toHaveProperty("denied");
  });

  test("a reason that names the user is not shown", async () => {
    const uid = newUid();
    const said = { state: "ready_to_delete", denied: `debt_of_${uid}` };
    alpha.onStatus = lists({ "1": said, "2": "empty", "3": "empty" });
    expect((await ask(uid)).category("1").denied).toEqual([
      { service: "alpha", reason: "unspecified" },
    ]);
  });

  test("the answer is for nobody's cache", async () => {
    expect((await ask(newUid())).headers.get("cache-control")).toBe("no-store");
  });
});

describe("an open category", () => {
  test("is in progress, and nobody is asked for it though all say it is empty", async () => {
    const uid = newUid();
    for (const service of [alpha, beta]) service.onStatus = says("empty");
    await hub.remove(uid, "open", ["3", "1"]);
    expect((await ask(uid)).states).toMatchObject({
      "1": "delete_in_progress",
      "2": "empty",
      "3": "delete_in_progress",
    });
    expect([asked(alpha), asked(beta)]).toEqual([[["2"]], [["2"]]]);
  });

  test("stays in progress until its last part is closed", async () => {
    const uid = newUid();
    await start(uid, ["2"]);
    expect((await ask(uid)).states["2"]).toBe("delete_in_progress");
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await hub.drain();
    expect((await ask(uid)).states["2"]).toBe("delete_in_progress");
    await report(beta, { yandex_uid: uid, category_id: "2" });
    expect((await ask(uid)).states["2"]).toBe("empty");
  });
});

describe("trust", () => {
  test("a deleted part counts as empty without asking, for an hour", async () => {
    const uid = newUid();
    await deleteFirst(uid);
    expect((await ask(uid)).states["1"]).toBe("empty");
    expect(asked(alpha)).toEqual([["2", "3"]]);
    await hub.passTime(hourMs - 60_000);
    expect((await ask(uid)).states["1"]).toBe("empty");
    await hub.passTime(60_000);
    expect((await ask(uid)).states["1"]).toBe("ready_to_delete");
    expect(asked(alpha).at(-1)).toEqual(["1", "2", "3"]);
  });

  test("a failed part counts as ready without asking, for an hour", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    alpha.onStatus = says("empty");
    await start(uid, ["1"]);
    expect((await ask(uid)).states["1"]).toBe("ready_to_delete");
    expect(asked(alpha)).toEqual([["2", "3"]]);
    await hub.passTime(hourMs);
    expect((await ask(uid)).states["1"]).toBe("empty");
  });

  test("only the services without a current state are asked, and all are merged", async () => {
    const uid = newUid();
    beta.onStatus = says("empty");
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    expect((await ask(uid)).states["2"]).toBe("empty");
    expect([asked(alpha), asked(beta)]).toEqual([[["1", "3"]], [["2", "3"]]]);
  });

  test("a service's own report counts from when it was done, and makes no entry of errors", async () => {
    const uid = newUid();
    const doneAt = (agoMs: number) => new Date(Date.now() - agoMs).toISOString();
    const about = { yandex_uid: uid, category_id: "1" };
    await report(alpha, { ...about, completed_at: doneAt(2 * hourMs) });
    expect((await ask(uid)).states["1"]).toBe("ready_to_delete");
    await report(alpha, { ...about, completed_at: doneAt(hourMs / 2) });
    const current = await ask(uid);
    expect([current.states["1"], current.errors]).toEqual(["empty", []]);
    await hub.passTime(hourMs / 2 + 1_000);
    const later = await ask(uid);
    expect([later.states["1"], later.errors]).toEqual(["ready_to_delete", []]);
  });

  test("a service's own report from the future is no older than its receipt", async () => {
    const uid = newUid();
    const completed_at = new Date(Date.now() + 10 * hourMs).toISOString();
    await report(alpha, { yandex_uid: uid, category_id: "1", completed_at });
    await hub.passTime(hourMs);
    expect((await ask(uid)).states["1"]).toBe("ready_to_delete");
  });

  test("a service's own failure says nothing about its data", async () => {
    const uid = newUid();
    alpha.onStatus = says("empty");
    await report(alpha, { yandex_uid: uid, category_id: "1", state: "delete_failed" });
    const { states, errors } = await ask(uid);
    expect([states["1"], errors]).toEqual(["empty", []]);
    expect(asked(alpha)).toEqual([["1", "2", "3"]]);
  });

  test("a category that another request joined is never trusted", async () => {
    const uid = newUid();
    await start(uid, ["1"]);
    await start(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const { states, category } = await ask(uid);
    expect([states["1"], category("1").update_date]).toEqual([
      "ready_to_delete",
      expect.any(String),
    ]);
    expect(asked(alpha)).toEqual([["1", "2", "3"]]);
  });

  test("a repeated plain report does not make a joined category trusted", async () => {
    const uid = newUid();
    await start(uid, ["1"]);
    await start(uid, ["1"]);
    for (let n = 0; n < 2; n++) await report(alpha, { yandex_uid: uid, category_id: "1" });
    expect((await ask(uid)).states["1"]).toBe("ready_to_delete");
  });

  test("what one user's services said is no other user's state", async () => {
    await deleteFirst(newUid());
    expect((await ask(newUid())).states["1"]).toBe("ready_to_delete");
  });
});

describe("trust for ever", () => {
  let faithful: TestHub;
  beforeAll(async () => {
    faithful = await createTestHub({
      categories: ["1", "2"],
      services: [[alpha]],
      config: { status: { budgetMs: 3_000, trustForMs: Number.POSITIVE_INFINITY } },
    });
  });
  afterAll(() => faithful[Symbol.asyncDispose]());

  test("a stored state is believed a year later", async () => {
    const uid = newUid();
    await start(uid, ["1"], faithful);
    await report(alpha, { yandex_uid: uid, category_id: "1" }, faithful);
    await report(alpha, { yandex_uid: uid, category_id: "2" }, faithful);
    await faithful.passTime(365 * 24 * hourMs);
    expect((await ask(uid, faithful)).states).toEqual({ "1": "empty", "2": "empty" });
    expect(alpha.statuses()).toEqual([]);
  });
});

describe("a service without a usable answer counts as ready and is named", () => {
  const never: Behaviour = () => new Promise(() => {});
  const unusable: [what: string, behaviour: Behaviour][] = [
    ["silent", never],
    ["failing", () => ({ status: 500, body: { data_state: "empty" } })],
    ["away", () => ({ status: 503, body: { data_state: "empty" } })],
    ["refusing", () => ({ status: 403, body: { data_state: "empty" } })],
    ["answering with another success", () => ({ status: 202, body: { data_state: "empty" } })],
    ["answering with nothing", () => ({ status: 200 })],
    ["answering with no JSON", () => ({ status: 200, body: "<html>empty</html>" })],
    ["answering with half an answer", () => ({ status: 200, body: '{"data_state":"empty"' })],
    ["answering with a list", () => ({ status: 200, body: [{ id: "4", data_state: "empty" }] })],
    ["answering with null", () => ({ status: 200, body: "null" })],
    ["naming an unknown state", () => ({ status: 200, body: { data_state: "gone" } })],
    ["leaving a category out", () => ({ status: 200, body: { categories: [] } })],
    ["naming another category", lists({ "5": "empty" })],
    [
      "contradicting itself",
      () => ({
        status: 200,
        body: {
          categories: [
            { id: "4", data_state: "ready_to_delete" },
            { id: "4", data_state: "empty" },
          ],
        },
      }),
    ],
    [
      "answering with 2 MiB",
      () => ({ status: 200, body: { data_state: "empty", padding: "x".repeat(2 << 20) } }),
    ],
  ];

  test.each(unusable)("%s", async (_what, behaviour) => {
    moody.onStatus = behaviour;
    const { states, errors } = await ask(newUid());
    expect(states).toMatchObject({ "1": "ready_to_delete", "4": "ready_to_delete" });
    expect(errors).toEqual([
      {
        code: "service_status_unavailable",
        message: expect.any(String),
        category_id: "4",
        service: "moody",
      },
    ]);
  });

  test("redirecting: it is not followed", async () => {
    alpha.onStatus = says("empty");
    moody.onStatus = () => ({
      status: 307,
      headers: { location: `${alpha.url}/v1/takeout/status/` },
    });
    const { states, errors } = await ask(newUid());
    expect(states["4"]).toBe("ready_to_delete");
    expect(errors).toMatchObject([{ code: "service_status_unavailable", service: "moody" }]);
    expect(asked(alpha)).toEqual([["1", "2", "3"]]);
  });

  test("one that leaves out one of several categories is believed in none", async () => {
    alpha.onStatus = lists({ "1": "empty", "2": "empty" });
    beta.onStatus = says("empty");
    const { states, errors } = await ask(newUid());
    expect(states).toMatchObject({
      "1": "ready_to_delete",
      "2": "ready_to_delete",
      "3": "ready_to_delete",
    });
    expect(errors.map(({ service, category_id }) => [service, category_id])).toEqual([
      ["alpha", "3"],
      ["alpha", "1"],
      ["alpha", "2"],
    ]);
  });
});

describe("entries about failed deletions", () => {
  const failed = (service: string, id: string) => ({
    code: "delete_failed",
    message: expect.any(String),
    category_id: id,
    service,
  });

  test("a service that failed is named, longer than its state is trusted, until it is seen empty", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await start(uid, ["1"]);
    expect((await ask(uid)).errors).toEqual([failed("alpha", "1")]);
    await hub.passTime(48 * hourMs);
    const later = await ask(uid);
    expect([later.states["1"], later.errors]).toEqual(["ready_to_delete", [failed("alpha", "1")]]);
    alpha.onStatus = says("empty");
    const seen = await ask(uid);
    expect([seen.states["1"], seen.errors]).toEqual(["empty", []]);
    alpha.onStatus = says("ready_to_delete");
    expect((await ask(uid)).errors).toEqual([failed("alpha", "1")]);
  });

  test("one that failed and is silent now is named for both", async () => {
    const uid = newUid();
    moody.onDelete = () => ({ status: 400 });
    await start(uid, ["4"]);
    await hub.passTime(hourMs);
    moody.onStatus = () => ({ status: 500 });
    expect((await ask(uid)).errors.map(({ code }) => code)).toEqual([
      "service_status_unavailable",
      "delete_failed",
    ]);
  });

  test("a refusal is named with its reason, and its reason outlives the trust too", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 409, body: { code: "delete_denied", reason: "debt" } });
    await start(uid, ["1"]);
    const denied = { code: "delete_denied", service: "alpha", category_id: "1", reason: "debt" };
    expect((await ask(uid)).errors).toMatchObject([denied]);
    await hub.passTime(hourMs);
    expect((await ask(uid)).errors).toMatchObject([denied]);
  });

  test("a service that was never called because another failed shows as failed", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await start(uid, ["2"]);
    expect((await ask(uid)).errors).toEqual([failed("alpha", "2"), failed("beta", "2")]);
    const [part] = await hub.sql`
      select error_code from parts where service = 'beta' and state = 'delete_failed'`;
    expect(part).toEqual({ error_code: "predecessor_failed" });
  });

  test("only the newest deletion of a category is looked at", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await start(uid, ["1"]);
    alpha.onDelete = () => ({ status: 200 });
    await start(uid, ["1"]);
    expect((await ask(uid)).errors).toEqual([]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    await hub.passTime(hourMs);
    expect((await ask(uid)).errors).toEqual([]);
  });

  test("a service that has no share in the newest deletion is not named for an older one", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await start(uid, ["2"]);
    alpha.onDelete = () => ({ status: 200 });
    await start(uid, ["2"]);
    // As if alpha had not been configured for the category at that time.
    await hub.sql`delete from parts where service = 'alpha' and state = 'accepted'
      and subject = ${hub.flows.subjects.of(uid)}`;
    expect((await ask(uid)).errors).toEqual([]);
  });

  test("a deletion that failed and was reported deleted after all is no failure", async () => {
    const uid = newUid();
    alpha.onDelete = () => ({ status: 400 });
    await start(uid, ["1"]);
    await report(alpha, { yandex_uid: uid, category_id: "1" });
    const { states, errors } = await ask(uid);
    expect([states["1"], errors]).toEqual(["empty", []]);
  });
});

describe("what lawfully stays", () => {
  const inAnHour = () => new Date(Date.now() + hourMs).toISOString();

  test("is shown with reason and end until its time has come, and makes nothing ready", async () => {
    const uid = newUid();
    const until = inAnHour();
    await deleteFirst(uid, { outcome: "retained", retained_until: until, reason: "tax_law" });
    expect((await ask(uid)).category("1")).toMatchObject({
      state: "empty",
      retained: [{ service: "alpha", reason: "tax_law", until }],
    });
    await hub.passTime(hourMs / 2);
    expect((await ask(uid)).category("1").retained).toHaveLength(1);
    await hub.passTime(hourMs / 2 + 1_000);
    expect((await ask(uid)).category("1")).not.toHaveProperty("retained");
  });

  test("is shown without an end where there is none", async () => {
    const uid = newUid();
    await deleteFirst(uid, { outcome: "retained", reason: "litigation" });
    await hub.passTime(365 * 24 * hourMs);
    expect((await ask(uid)).category("1").retained).toEqual([
      { service: "alpha", reason: "litigation" },
    ]);
  });

  test("is shown of what was made anonymous for a time", async () => {
    const uid = newUid();
    const until = inAnHour();
    await deleteFirst(uid, { outcome: "anonymized", retained_until: until, reason: "archive" });
    expect((await ask(uid)).category("1").retained).toEqual([
      { service: "alpha", reason: "archive", until },
    ]);
  });

  test("is that of the service's newest deletion", async () => {
    const uid = newUid();
    await deleteFirst(uid, { outcome: "retained", reason: "tax_law" });
    await deleteFirst(uid);
    expect((await ask(uid)).category("1")).not.toHaveProperty("retained");
  });
});

describe("update_date", () => {
  /** When the last part of a category's deletions became deleted, newest deletion first. */
  const closings = async (uid: string) => {
    const rows = await hub.sql<{ at: Date }[]>`
      select max(p.closed_at) as at from parts p
       where subject = ${hub.flows.subjects.of(uid)} and category_id = '2' and state = 'deleted'
       group by deletion_id, seq order by seq desc`;
    return rows.map(({ at }) => new Date(at).toISOString());
  };
  const updatedAt = async (uid: string) => (await ask(uid)).category("2").update_date;
  const finish = async (uid: string) => {
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await hub.drain();
    await report(beta, { yandex_uid: uid, category_id: "2" });
  };

  test("is absent while nothing was wholly deleted", async () => {
    const uid = newUid();
    expect(await updatedAt(uid)).toBeUndefined();
    await start(uid, ["2"]);
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await hub.drain();
    expect(await updatedAt(uid)).toBeUndefined();
  });

  test("is the moment when the last part became deleted", async () => {
    const uid = newUid();
    await start(uid, ["2"]);
    await finish(uid);
    expect(await updatedAt(uid)).toBe((await closings(uid))[0]);
  });

  test("is that of the newest deletion that was wholly done", async () => {
    const uid = newUid();
    await start(uid, ["2"]);
    await finish(uid);
    await hub.passTime(hourMs);
    const first = await updatedAt(uid);
    await start(uid, ["2"]);
    expect(await updatedAt(uid)).toBe(first);
    await finish(uid);
    const second = await updatedAt(uid);
    expect(second).toBe((await closings(uid))[0]);
    expect(Date.parse(second)).toBeGreaterThan(Date.parse(first));
  });

  test("stays where a later deletion failed, and a late report of that one moves it", async () => {
    const uid = newUid();
    await start(uid, ["2"]);
    await finish(uid);
    await hub.passTime(hourMs);
    const first = await updatedAt(uid);
    beta.onDelete = () => ({ status: 400 });
    await start(uid, ["2"]);
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await hub.drain();
    const failed = await ask(uid);
    expect([failed.category("2").update_date, failed.errors.length]).toEqual([first, 1]);
    await hub.passTime(hourMs);
    await report(beta, { yandex_uid: uid, category_id: "2" });
    const late = await updatedAt(uid);
    expect(late).toBe((await closings(uid))[0]);
    expect(Date.now() - Date.parse(late)).toBeLessThan(hourMs / 2);
  });

  test("does not follow a service's own report", async () => {
    const uid = newUid();
    await report(alpha, { yandex_uid: uid, category_id: "2" });
    await report(beta, { yandex_uid: uid, category_id: "2" });
    expect(await updatedAt(uid)).toBeUndefined();
  });
});

describe("the budget", () => {
  let silent: FakeService;
  let drip: Server;
  let dripping: FakeService;
  let identity: FakeService;
  let brisk: TestHub;
  const drips = new Set<NodeJS.Timeout>();

  beforeAll(async () => {
    silent = await startFakeService("silent");
    identity = await startFakeService("identity");
    // Its headers come at once and its body never ends.
    drip = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      drips.add(setInterval(() => response.write(" "), 20));
    });
    await new Promise<void>((resolve) => drip.listen(0, "127.0.0.1", resolve));
    const { port } = drip.address() as AddressInfo;
    dripping = { ...(await startFakeService("dripping")), url: `http://127.0.0.1:${port}` };
    const patient = { timeout: { statusMs: 600_000, deleteMs: 10_000, exportMs: 30_000 } };
    brisk = await createTestHub({
      categories: ["1", "2"],
      services: [
        [silent, { ...patient, categories: ["1"] }],
        [dripping, { ...patient, categories: ["2"] }],
      ],
      config: {
        status: { budgetMs: 600, trustForMs: hourMs },
        identity: { url: identity.url, client: "identity", timeoutMs: 600_000 },
      },
    });
  });
  afterAll(async () => {
    for (const timer of drips) clearInterval(timer);
    await brisk[Symbol.asyncDispose]();
    for (const service of [silent, dripping, identity]) await service[Symbol.asyncDispose]();
    drip.closeAllConnections();
    await new Promise((resolve) => drip.close(resolve));
  });
  beforeEach(() => {
    silent.onStatus = () => new Promise(() => {});
    silent.calls.length = 0;
    identity.calls.length = 0;
    identity.onDelete = () => ({ status: 404 });
  });

  test("services that never answer, or never end their answer, do not hold it up", async () => {
    const { states, errors } = await ask(newUid(), brisk);
    expect(states).toEqual({ "1": "ready_to_delete", "2": "ready_to_delete" });
    expect(errors.map(({ code, service }) => [code, service])).toEqual([
      ["service_status_unavailable", "silent"],
      ["service_status_unavailable", "dripping"],
    ]);
  });

  test("an identity service that never answers does not hold it up either", async () => {
    identity.onDelete = () => new Promise(() => {});
    const { states, errors } = await ask(newUid(), brisk);
    expect(states).toEqual({ "1": "ready_to_delete", "2": "ready_to_delete" });
    expect(errors).toEqual([{ code: "identity_unavailable", message: expect.any(String) }]);
  });

  test.each<[string, Behaviour]>([
    ["fails", () => ({ status: 500 })],
    ["answers with no JSON", () => ({ status: 200, body: "?" })],
    [
      "knows not all",
      () => ({
        status: 200,
        body: { yandex_uids: [{ uid: "1", is_portal: true }], complete: false },
      }),
    ],
  ])("without identifiers nobody is asked: identity %s", async (_what, behaviour) => {
    identity.onDelete = behaviour;
    const { states, errors } = await ask(newUid(), brisk);
    expect(states).toEqual({ "1": "ready_to_delete", "2": "ready_to_delete" });
    expect(errors).toEqual([{ code: "identity_unavailable", message: expect.any(String) }]);
    expect(silent.calls).toEqual([]);
  });

  test("however small it is, those who answer at once are heard", async () => {
    await using hasty = await createTestHub({
      categories: ["1", "2"],
      services: [
        [alpha, { categories: ["1"] }],
        [silent, { categories: ["2"] }],
      ],
      config: { status: { budgetMs: 150, trustForMs: hourMs } },
    });
    alpha.onStatus = says("empty");
    const seen = async () => (await ask(newUid(), hasty)).states;
    // The first connection may take its time.
    await expect.poll(seen).toEqual({ "1": "empty", "2": "ready_to_delete" });
  });

  test("services get all the identifiers, and not asking anybody needs none", async () => {
    const uid = newUid();
    silent.onStatus = says("empty");
    identity.onDelete = () => ({
      status: 200,
      body: {
        yandex_uids: [
          { uid: "77", is_portal: false },
          { uid, is_portal: true },
        ],
        phone_ids: ["p1"],
        personal_email_ids: ["e1"],
        complete: true,
      },
    });
    await ask(uid, brisk);
    expect(silent.calls[0]?.body).toEqual({
      yandex_uids: [
        { uid, is_portal: true },
        { uid: "77", is_portal: false },
      ],
      phone_ids: ["p1"],
      personal_email_ids: ["e1"],
      categories: ["1"],
    });
    expect(identity.calls.map(({ path, body }) => [path, body])).toEqual([
      ["/v1/identity/resolve", { yandex_uid: uid, origin: "portal" }],
    ]);
    await report(silent, { yandex_uid: uid, category_id: "1" }, brisk);
    await report(dripping, { yandex_uid: uid, category_id: "2" }, brisk);
    expect((await ask(uid, brisk)).errors).toEqual([]);
    expect(identity.calls).toHaveLength(1);
  });
});
