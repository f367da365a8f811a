import { afterAll, beforeAll, expect, test } from "vitest";
import { exportsOf } from "../support/exports.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { createDesk, type Desk } from "./support/desk.ts";

const day = 86_400_000;
const stack = new AsyncDisposableStack();
let rides: FakeService;
let realty: FakeService;
let desk: Desk;
let hub: TestHub;
let exports: ReturnType<typeof exportsOf>;
/** By the state they are in. */
const jobs: Record<string, string> = {};

beforeAll(async () => {
  rides = stack.use(await startFakeService("rides"));
  realty = stack.use(await startFakeService("realty"));
  desk = await createDesk();
  const services = [rides, realty].map((service) => [service, { export: true }] as const);
  hub = stack.use(await createTestHub({ services, config: { operators: desk.operators } }));
  exports = exportsOf(hub);
  const data = { status: 200, body: { status: "ok", data: { "a.json": "a" } } };
  const none = { status: 200, body: { status: "no_data" } };
  const answers = {
    ready: [data, data],
    partial: [data, { status: 410 }],
    no_data: [none, none],
    failed: [none, { status: 410 }],
    running: [data, { status: 202 }],
  } as const;
  for (const [at, [state, [ofRides, ofRealty]]] of Object.entries(answers).entries()) {
    rides.onExport = () => ofRides;
    realty.onExport = () => ofRealty;
    jobs[state] = await exports.start(`${7_001 + at}`, `request-${state}`);
    await hub.drain();
    await hub.passTime(day);
  }
  jobs.queued = await exports.start("7100", "request-queued");
  await makeOlder("ready", 5 * day);
});
afterAll(() => stack.disposeAsync());

/** Its id bears the moment too (RFC 9562, section 5.7). */
async function makeOlder(state: string, ms: number): Promise<void> {
  const id = jobs[state] ?? "";
  const moment = Number.parseInt(id.replace("-", "").slice(0, 12), 16) - ms;
  const digits = moment.toString(16).padStart(12, "0");
  const older = `${digits.slice(0, 8)}-${digits.slice(8)}${id.slice(13)}`;
  await hub.sql`update exports set id = ${older} where id = ${id}`;
  for (const part of ["parts", "subjects", "events", "requests", "archives", "files"]) {
    const table = hub.sql(`export_${part}`);
    await hub.sql`update ${table} set export_id = ${older} where export_id = ${id}`;
  }
  jobs[state] = older;
}

async function list(query: string): Promise<{ ids: string[]; next: string | undefined }> {
  const response = await desk.get(hub, `/admin/v1/exports?${query}`);
  expect([query, response.status]).toEqual([query, 200]);
  const page = (await response.json()) as { items: { job_id: string }[]; next_cursor?: string };
  return { ids: page.items.map(({ job_id }) => job_id), next: page.next_cursor };
}

test.each(["ready", "partial", "no_data", "failed", "running", "queued"])(
  "by state %s an operator finds the exports in it, and no others",
  async (state) => {
    expect((await list(`state=${state}`)).ids).toEqual([jobs[state]]);
  },
);

test("an export is found by its user, its request, its service and its age, and by all of them together", async () => {
  expect((await list("uid=7002")).ids).toEqual([jobs.partial]);
  expect((await list("uid=7999")).ids).toEqual([]);
  expect((await list("request_id=request-failed")).ids).toEqual([jobs.failed]);
  expect((await list("request_id=request-failed&uid=7001")).ids).toEqual([]);
  expect((await list("service=rides")).ids).toHaveLength(6);
  expect((await list("service=payments")).ids).toEqual([]);
  expect((await list("older_than=96h")).ids).toEqual([jobs.ready]);
  expect((await list("older_than=144h")).ids).toEqual([]);
  const all = "uid=7001&request_id=request-ready&service=realty&state=ready&older_than=96h";
  expect((await list(all)).ids).toEqual([jobs.ready]);
  expect((await list(all.replace("7001", "7002"))).ids).toEqual([]);
});

test("pages hold what was asked for, the newest first, and lead on to the end", async () => {
  const seen: string[] = [];
  let query: string | null = "limit=2";
  while (query !== null) {
    const { ids, next } = await list(query);
    expect(ids.length).toBeLessThanOrEqual(2);
    seen.push(...ids);
    query = next === undefined ? null : `limit=2&cursor=${encodeURIComponent(next)}`;
  }
  const order = ["queued", "running", "failed", "no_data", "partial", "ready"];
  expect(seen).toEqual(order.map((state) => jobs[state]));
});

test("what is no filter is refused, and who is no operator sees nothing", async () => {
  for (const query of ["state=done", "limit=201", "cursor=x", "uid=0", "older_than=x"]) {
    const response = await desk.get(hub, `/admin/v1/exports?${query}`);
    expect([query, response.status]).toEqual([query, 400]);
  }
  const nobody = await desk.get(hub, "/admin/v1/exports", "mallory");
  expect(nobody.status).toBe(403);
});
