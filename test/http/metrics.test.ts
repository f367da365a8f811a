import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { countParts } from "../../src/flows/count-parts.ts";
import { readGauges } from "../../src/flows/read-gauges.ts";
import { watchStuck } from "../../src/flows/watch-stuck.ts";
import { createApp } from "../../src/http/app.ts";
import { createMetrics } from "../../src/metrics.ts";
import type { Gauges } from "../../src/store/gauges.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { labelsByMetric } from "../support/metrics.ts";
import { startSecondProcess } from "../support/second-process.ts";

const hour = 3_600_000;

let realty: FakeService;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  hub = await createTestHub({ services: [[realty]] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
});
afterEach(() => vi.useRealTimers());

/** As a process renders them that has just started. */
async function render(flows = hub.flows): Promise<string> {
  const metrics = createMetrics({
    services: flows.registry,
    readGauges: () => readGauges(flows),
  });
  return (await metrics.render()).text;
}

test("before anything happened every gauge of a configured service and category is there, and zero", async () => {
  const text = await render();
  for (const name of ["stuck", "alarmed", "forecast_missed"]) {
    for (const category of ["1", "2"]) {
      expect(text).toContain(`takeout_parts_${name}{service="realty",category="${category}"} 0\n`);
    }
  }
  expect(text).toContain('takeout_part_oldest_seconds{service="realty",category="1"} 0\n');
  expect(text).toContain('takeout_breaker_open{service="realty"} 0\n');
  expect(text).toContain('takeout_queue_jobs{task="drive_deletion"} 0\n');
  expect(text).toContain('takeout_queue_late_seconds{task="watch_stuck"} 0\n');
  expect(text).toContain('takeout_workers{queue="delete"} 0\n');
  expect(text).toContain('takeout_workers{queue="export"} 0\n');
  expect(text).not.toMatch(/^takeout_stuck_watch_age_seconds/m);
});

test("a stuck watch that never came to its end is as old as the counting of parts", async () => {
  await countParts(hub.flows);
  await hub.sql`update part_watch set since = since - interval '1 hour'`;
  const [, age] = /^takeout_stuck_watch_age_seconds (\d+)/m.exec(await render()) ?? [];
  expect(Number(age)).toBeGreaterThanOrEqual(3_600);
});

test("every metric of the contract is there, with its labels", async () => {
  await hub.remove("1", "r", ["1"]);
  await hub.drain();
  await hub.report(realty, doneReport(realty.deletes().at(-1)?.body, "1"));
  const seen = labelsByMetric(await (await hub.app.request("/metrics")).text());
  const contract = {
    takeout_http_request_duration_seconds: ["operation", "status"],
    takeout_parts: ["service", "category", "state"],
    takeout_part_oldest_seconds: ["service", "category"],
    takeout_parts_stuck: ["service", "category"],
    takeout_service_call_duration_seconds: ["service", "call", "outcome"],
    takeout_deletion_duration_seconds: [],
    takeout_breaker_open: ["service"],
    takeout_queue_jobs: ["task"],
  };
  expect(Object.fromEntries(seen)).toMatchObject(contract);
});

test("what is open, late and alive is the same from every process", async () => {
  await using other = startSecondProcess(hub, [realty]);
  for (const uid of ["2", "3"]) await hub.remove(uid, "r", ["1", "2"]);
  await hub.drain();
  await hub.remove("4", "r", ["1"]);
  await hub.passTime(48 * hour);
  await watchStuck(hub.flows);
  await hub.sql`insert into hub_workers (worker_id, pool_ids, queues, beat_at)
    values ('lives', '{}', '{delete}', now()), ('died', '{}', '{delete,export}', now() - interval '16 seconds'),
           ('of the version before', '{}', null, now())`;
  const [one, two] = await Promise.all([render(), render(other.flows)]);
  // Ages go on while they are read.
  const gauges = (text: string) =>
    text
      .match(/^takeout_(parts|queue|breaker|workers|part_oldest).*$/gm)
      ?.map((line) =>
        line.replace(/(seconds.* )(.*)$/, (_, name, age) => `${name}${Math.round(age / 60)}`),
      );
  expect(gauges(one)).toEqual(gauges(two));
  expect(gauges(one)).toEqual(
    expect.arrayContaining([
      'takeout_parts{service="realty",category="1",state="accepted"} 2',
      'takeout_parts{service="realty",category="1",state="due"} 1',
      'takeout_parts{service="realty",category="1",state="deleted"} 1',
      'takeout_parts_stuck{service="realty",category="1"} 3',
      'takeout_parts_alarmed{service="realty",category="2"} 2',
      'takeout_part_oldest_seconds{service="realty",category="1"} 2880',
      'takeout_queue_late_seconds{task="drive_deletion"} 2880',
      'takeout_workers{queue="delete"} 2',
      'takeout_workers{queue="export"} 1',
    ]),
  );
  expect(one).toMatch(/^takeout_stuck_watch_age_seconds \d/m);
});

test("an error that a portal wants to get with 200 is counted as what it is", async () => {
  const portals = [...hub.context.http.portals].map(
    ([name, portal]) => [name, { ...portal, errorsAs200: true }] as const,
  );
  const app = createApp({ ...hub.context.http, portals: new Map(portals) });
  const answer = await app.request("/1/takeout/delete/?request_id=r", {
    method: "POST",
    headers: {
      "x-ya-service-ticket": await hub.portal.serviceTicket(),
      "x-ya-user-ticket": await hub.portal.userTicket("5"),
      "content-type": "application/json",
    },
    body: JSON.stringify({ id: ["77"] }),
  });
  expect(answer.status).toBe(200);
  const text = await (await app.request("/metrics")).text();
  expect(text).toContain('duration_seconds_count{operation="deleteData",status="400"} 1\n');
});

describe("the database is asked for the gauges", () => {
  test.each([
    ["every 15 s at most", 10, 15_000],
    ["less often when it takes long", 1_500, 30_000],
    ["before they are a minute old, however long it takes", 4_500, 45_000],
  ])("%s", async (_, tookMs, freshMs) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    let readings = 0;
    const nothing: Gauges = {
      parts: [],
      jobs: [],
      openBreakers: [],
      workers: [],
      watchAgeSeconds: null,
    };
    const metrics = createMetrics({
      services: hub.flows.registry,
      async readGauges() {
        readings += 1;
        vi.advanceTimersByTime(tookMs);
        return nothing;
      },
    });
    await metrics.render();
    vi.advanceTimersByTime(freshMs - 1);
    await metrics.render();
    expect(readings).toBe(1);
    vi.advanceTimersByTime(1);
    await metrics.render();
    expect(readings).toBe(2);
  });
});
