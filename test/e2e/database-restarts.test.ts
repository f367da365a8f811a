import { randomInt } from "node:crypto";
import postgres from "postgres";
import { expect, test } from "vitest";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient, doneReport, type HubClient } from "./support/hub-client.ts";
import { createLandscape } from "./support/landscape.ts";
import { createRestartablePostgres } from "./support/restartable-postgres.ts";

const restarts = 3;
const users = 6;
/** How many deletions are accepted before each cut, and after the last. */
const between = 120;
/** Leases, the sweep's grace and interval, and a busy machine. */
const patienceMs = 120_000;

const timing = {
  timeout: { delete: "2s", status: "500ms" },
  backoff: { first: "100ms", max: "1s" },
};

test("three immediate restarts under load end no process and lose nothing", async () => {
  await using database = await createRestartablePostgres();
  await using realty = await startFakeService("realty");
  await using orders = await startFakeService("orders");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [
      [realty, timing],
      [orders, { ...timing, completion: "answer" }],
    ],
  });
  await using running = landscape.start("up");
  const hub = createHubClient(await running.address(), landscape.portal);
  const reports: Promise<void>[] = [];
  realty.onDelete = ({ body }) => {
    const report = reportUntilTaken(hub, realty, doneReport(body, "1"));
    report.catch(() => {}); // awaited at the end
    reports.push(report);
    return { status: 200 };
  };

  const accepted = new Set<string>();
  const isOver = { now: false };
  const load = Promise.all(Array.from({ length: users }, () => ask(hub, accepted, isOver)));
  let failure: { error: unknown } | undefined;
  load.catch((error) => {
    failure = { error };
  });
  const expectAlive = () =>
    expect([running.child.exitCode, running.child.signalCode]).toEqual([null, null]);
  const acceptMore = async () => {
    const goal = accepted.size + between;
    const isReached = () => {
      expectAlive();
      if (failure) throw failure.error;
      return accepted.size >= goal;
    };
    await until(`${goal} deletions`, isReached, patienceMs);
  };
  for (let restart = 0; restart < restarts; restart += 1) {
    await acceptMore();
    await database.cut();
    await database.start();
  }
  await acceptMore();
  isOver.now = true;
  const refusals = (await load).reduce((sum, count) => sum + count, 0);

  const sql = postgres(database.url, { max: 1 });
  try {
    await until(
      "all deletions to be closed",
      async () => (await sql`select from deletions where closed_at is null limit 1`).length === 0,
      patienceMs,
    );
    await Promise.all(reports);
    expectAlive();
    expect(refusals).toBeGreaterThan(0); // or the restarts were not felt
    expect(await sql`select distinct state from parts`).toEqual([{ state: "deleted" }]);
    for (const service of [realty, orders]) await expectFaithful(sql, service, accepted);
    const [lost] = await sql`select count(*)::int as part_events from events e
      where exists (select from events f where f.deletion_id = e.deletion_id and f.service = e.service
                       and f.category_id = e.category_id and f.to_state = 'deleted' and f.seq < e.seq)`;
    expect(lost).toEqual({ part_events: 0 }); // done is done
  } finally {
    await sql.end();
  }
  console.info(
    `${accepted.size} accepted, ${refusals} refused, ${realty.deletes().length} calls of realty, ` +
      `${orders.deletes().length} of orders, ${running.output().split("\n").length} log lines`,
  );
}, 300_000);

/** Every accepted deletion was called for, and every call was one that the hub had claimed, once. */
async function expectFaithful(
  sql: postgres.Sql,
  service: FakeService,
  accepted: ReadonlySet<string>,
): Promise<void> {
  const calls = service.deletes().map(({ body }) => body);
  const called = new Set(calls.map(({ request_id }) => request_id));
  expect([...accepted].filter((requestId) => !called.has(requestId))).toEqual([]);
  const attempts = calls.map(({ deletion_id, attempt }) => `${deletion_id} ${attempt}`);
  expect(new Set(attempts).size).toBe(attempts.length);
  const claims = await sql<{ attempt: string }[]>`
    select deletion_id || ' ' || attempt as attempt from events
     where service = ${service.name} and event = 'claimed'`;
  const claimed = new Set(claims.map(({ attempt }) => attempt));
  expect(attempts.filter((attempt) => !claimed.has(attempt))).toEqual([]);
}

/**
 * One user after another asks for a deletion, repeating the request until it is accepted, and looks.
 *
 * @returns how often something was refused.
 */
async function ask(
  hub: HubClient,
  accepted: Set<string>,
  isOver: { readonly now: boolean },
): Promise<number> {
  let refused = 0;
  while (!isOver.now) {
    const uid = String(randomInt(10 ** 9, 10 ** 12));
    const requestId = `r-${uid}`;
    for (;;) {
      const { status } = await hub.remove(uid, requestId, ["1"]);
      if (status === 200) break;
      expect(status).toBe(503);
      refused += 1;
    }
    accepted.add(requestId);
    const { status } = await hub.status(uid);
    expect([200, 503]).toContain(status);
    if (status === 503) refused += 1;
  }
  return refused;
}

/** A service does not give up its report: the hub may be away for a while. */
async function reportUntilTaken(
  hub: HubClient,
  service: FakeService,
  body: Record<string, unknown>,
): Promise<void> {
  await until(
    "a report to be taken",
    async () => {
      const { status } = await hub.report(service, body);
      expect([200, 503]).toContain(status);
      return status === 200;
    },
    patienceMs,
  );
}
