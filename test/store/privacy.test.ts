import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { expect, test } from "vitest";
import { sweep } from "../../src/flows/sweep.ts";
import { deriveKeyring } from "../../src/store/keys.ts";
import { openSnapshot, type SealedSnapshot } from "../../src/store/seal.ts";
import { createHubClient, doneReport, type HubClient } from "../e2e/support/hub-client.ts";
import { createLandscape } from "../e2e/support/landscape.ts";
import { createDatabase } from "../support/database.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { dumpDatabase, findTraces, formsOf } from "./support/traces.ts";

/** Long and distinctive, so that finding one is never an accident. */
const uids = {
  closed: "4071936582140759386210475918362",
  open: "5182047693251860497321586029473",
  denied: "6293158704362971508432697130584",
  refused: "7304269815473082619543708241695",
  broken: "8415370926584193720654819352706",
  reported: "9526481037695204831765920463817",
  stranger: "1637592148706315942876031574928",
};
const alias = "2748603259817426053987142685039";
const phoneId = "phone-3859714360928537164098253796140";
const requestIds = Object.fromEntries(
  Object.keys(uids).map((name) => [name, `Request.${name}.Zq7WkX2mVb9TfJ4hRs6NyC8d`]),
) as Record<keyof typeof uids, string>;
const traceIds = {
  portal: "Trace.portal.Hw3KpL8nQz5XvB2cMj7DgF4s",
  service: "Trace.service.Ty6UiO9aEr1PlK5jNb8VcX3z",
  bad: "Trace.bad.Sd2FgH7jKl4ZxC9vBn5MqW1e",
};
const header = (id: string) => ({ "x-request-id": id });

const secrets: Record<string, string> = {
  ...prefixed("uid", uids),
  ...prefixed("request_id", requestIds),
  ...prefixed("X-Request-Id", traceIds),
  alias,
  phoneId,
};

function prefixed(what: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${what} ${name}`, value]),
  );
}

test("tables, queue, logs and metrics bear no uid, request_id or identifier in any form", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using identity = await startFakeService("identity");
  identity.onDelete = ({ body }) => ({
    status: 200,
    body: {
      yandex_uids: [
        { uid: body.yandex_uid, is_portal: true },
        { uid: alias, is_portal: false },
      ],
      phone_ids: [phoneId],
      complete: true,
    },
  });
  realty.onDelete = answerDelete;
  realty.onStatus = ({ body }) => ({ status: 500, body: { asked: body } });
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1", "2"],
    services: [[realty, { backoff: { first: "1h", max: "1h" } }]],
    config: { identity: { url: identity.url } },
  });
  const sql = postgres(database.url, { max: 1 });
  try {
    const env = { LOG_LEVEL: "trace", WORK_PORT: "0" };
    await using serving = landscape.start("serve", env);
    const hub = createHubClient(await serving.address(), landscape.portal);
    for (const name of ["closed", "open", "denied", "refused", "broken"] as const) {
      const answer = await hub.remove(uids[name], requestIds[name], ["1"], header(traceIds.portal));
      expect(answer).toMatchObject({ status: 200 });
    }
    // A drive that fails for a reason of ours leaves its error in the queue and in the log.
    await sql`update deletions set wrapped = sealed where seq = (select max(seq) from deletions)`;
    await using working = landscape.start("work", env);
    const worker = createHubClient(await working.address(), landscape.portal);
    await until("the calls", () => realty.deletes().length === 4);
    await until("the failed drive", async () => {
      const failed = await sql`select from graphile_worker.jobs where last_error is not null`;
      return failed.length === 1;
    });
    await reportAll(hub, realty);
    await askAll(hub);
    await provoke(await serving.address(), landscape.portal, hub);

    await failInside(sql, hub);

    const states = await sql`
      select state, deletions.closed_at is not null as is_closed, sealed is not null as is_sealed
        from deletions join parts on deletion_id = id order by deletions.seq`;
    expect(states.map((row) => Object.values(row))).toEqual([
      ["deleted", true, false],
      ["accepted", false, true],
      ["delete_failed", true, true],
      ["delete_failed", true, true],
      ["calling", false, true],
    ]);
    const metrics = [await hub.get("/metrics"), await worker.get("/metrics")];
    const logs = [serving.output(), working.output()];
    const dump = await dumpDatabase(sql);
    for (const { body } of metrics) expect(body).toContain("takeout_parts{");
    for (const log of logs) expect(log.split("\n").length).toBeGreaterThan(3);
    expect(working.output()).toContain("drive failed");
    expect(serving.output()).toContain('"code":"enqueue_failed"');
    expect(dump).toContain("graphile_worker._private_jobs");
    const everything = [...logs, dump, ...metrics.map(({ body }) => body)];
    expect(everything.flatMap((text) => findTraces(text, secrets))).toEqual([]);
    await expectSealed(sql, landscape.secret);
    await expectFound(sql);
  } finally {
    await sql.end();
  }
});

// biome-ignore lint/suspicious/noExplicitAny: a body as it came over the wire
function answerDelete({ body }: { body: any }) {
  const uid = body.report_uid;
  if (uid === uids.denied) {
    return { status: 409, body: { code: "delete_denied", reason: `debt_of_${uid}` } };
  }
  if (uid === uids.refused) return { status: 404, body: `no such user ${uid}` };
  return { status: 200 };
}

async function reportAll(hub: HubClient, realty: FakeService): Promise<void> {
  const orders = new Map(realty.deletes().map(({ body }) => [body.report_uid, body]));
  const closed = doneReport(orders.get(uids.closed), "1");
  const spoken = { code: `failed_for_${uids.reported}`, message: `${uids.reported} ${phoneId}` };
  const reports = [
    closed,
    closed,
    { ...closed, yandex_uid: alias },
    { ...closed, outcome: "retained", reason: `law_${uids.closed}` },
    { yandex_uid: uids.reported, category_id: "2", state: "deleted" },
    { yandex_uid: uids.reported, category_id: "1", state: "delete_failed", error: spoken },
    { yandex_uid: uids.stranger, category_id: uids.stranger, state: "deleted" },
    { yandex_uid: Number(uids.stranger), category_id: "1", state: "deleted" },
    { ...closed, yandex_uid: uids.stranger, deletion_id: uids.stranger },
  ];
  for (const report of reports) {
    const { status } = await hub.report(realty, report, header(traceIds.service));
    expect([200, 400, 409]).toContain(status);
  }
}

async function askAll(hub: HubClient): Promise<void> {
  for (const uid of Object.values(uids)) {
    expect(await hub.status(uid, header(traceIds.portal))).toMatchObject({ status: 200 });
  }
  const again = await hub.remove(uids.closed, requestIds.closed, ["1"]);
  const other = await hub.remove(uids.closed, requestIds.closed, ["2"]);
  const joined = await hub.remove(uids.open, requestIds.stranger, ["1"]);
  const unknown = await hub.remove(uids.open, requestIds.stranger, [uids.stranger]);
  expect([again, other, joined, unknown].map(({ status }) => status)).toEqual([200, 409, 200, 409]);
}

/** What is refused is logged too, and must not be quoted. */
async function provoke(
  address: string,
  portal: {
    userTicket(subject: string, audience?: string): Promise<string>;
    serviceTicket(): Promise<string>;
  },
  hub: HubClient,
): Promise<void> {
  const service = await portal.serviceTicket();
  const tickets = [
    {
      "x-ya-service-ticket": service,
      "x-ya-user-ticket": await portal.userTicket(uids.stranger, "elsewhere"),
    },
    { "x-ya-service-ticket": service, "x-ya-user-ticket": uids.stranger },
    { "x-ya-service-ticket": uids.stranger, "x-ya-user-ticket": uids.stranger },
    { "x-ya-service-ticket": await portal.userTicket(uids.stranger) },
  ];
  for (const headers of tickets) {
    const response = await fetch(`${address}/1/takeout/status/?uid=${uids.stranger}`, {
      headers: { ...headers, ...header(traceIds.bad) },
    });
    expect(response.status).toBe(401);
  }
  const good = {
    "x-ya-service-ticket": service,
    "x-ya-user-ticket": await portal.userTicket(uids.stranger),
  };
  const broken = await fetch(`${address}/1/takeout/delete/?request_id=${requestIds.stranger}`, {
    method: "POST",
    headers: { ...good, ...header(traceIds.bad), "content-type": "application/json" },
    body: `{"id": ["${uids.stranger}"`,
  });
  expect(broken.status).toBe(400);
  expect(await hub.get(`/${uids.stranger}?request_id=${requestIds.stranger}`)).toMatchObject({
    status: 404,
  });
}

/** A statement of ours that fails is logged with its error, which knows its parameters. */
async function failInside(sql: postgres.Sql, hub: HubClient): Promise<void> {
  await sql`alter table requests rename to away`;
  const failed = await hub.remove(uids.stranger, requestIds.stranger, ["1"], header(traceIds.bad));
  expect(failed).toMatchObject({ status: 503 });
  await sql`alter table away rename to requests`;
}

/** What the open deletion keeps opens with the secret, for that deletion only. */
async function expectSealed(sql: postgres.Sql, secret: string): Promise<void> {
  const rows = await sql<(SealedSnapshot & { id: string })[]>`
    select id, sealed, wrapped, seal_key_id as "sealKeyId" from deletions order by seq`;
  const [closed, open] = rows;
  expect(closed).toMatchObject({ sealed: null, wrapped: null, sealKeyId: null });
  if (!open) throw new Error("no open deletion");
  const keyring = deriveKeyring([Buffer.from(secret, "base64")]);
  expect(openSnapshot(keyring, open.id, open)).toMatchObject({
    reportUid: uids.open,
    requestId: requestIds.open,
    identity: { phoneIds: [phoneId] },
  });
  expect(() => openSnapshot(keyring, closed?.id ?? "", open)).toThrow();
  const strangers = deriveKeyring([randomBytes(32)]);
  expect(() => openSnapshot(strangers, open.id, open)).toThrow();
  const { sealKeyId } = strangers.current;
  expect(() => openSnapshot(strangers, open.id, { ...open, sealKeyId })).toThrow();
}

/** The search itself is good for something: what is planted in any form is found. */
async function expectFound(sql: postgres.Sql): Promise<void> {
  const secret = uids.open;
  await sql`create schema planted`;
  await sql`create table planted.traces (words text, bytes bytea)`;
  const encode = (lead: string) => Buffer.from(`${lead}${secret}tail`).toString("base64url");
  const planted = [secret, ...["", "a", "bc"].map(encode)];
  for (const words of planted) {
    await sql`insert into planted.traces values (${words}, null), (null, ${Buffer.from(words)})`;
  }
  const found = findTraces(await dumpDatabase(sql), { secret });
  expect(found).toEqual([...formsOf(secret).keys()].map((form) => `secret: ${form}`));
}

test("a failed deletion stays sealed for as long as it may be needed, and no longer", async () => {
  await using realty = await startFakeService("realty");
  await using hub = await createTestHub({ services: [[realty, { attempts: 1 }]] });
  realty.onDelete = () => ({ status: 409, body: { code: "delete_denied", reason: "debt" } });
  await hub.remove(uids.denied, requestIds.denied, ["1"]);
  await hub.remove(uids.refused, requestIds.refused, ["1"]);
  await hub.drain();
  const sealed = () =>
    hub.sql`
    select sealed is not null as is_sealed, wrapped is not null as is_wrapped,
           sealed_until is not null as is_kept
      from deletions where closed_at is not null order by seq`.then((rows) =>
      rows.map((row) => Object.values(row)),
    );
  const kept = [true, true, true];
  const destroyed = [false, false, false];
  expect(await sealed()).toEqual([kept, kept]);
  const late = realty.deletes().find(({ body }) => body.report_uid === uids.refused);
  await hub.report(realty, doneReport(late?.body, "1")); // deleted after all: nothing needs it
  expect(await sealed()).toEqual([kept, destroyed]);
  await hub.passTime(hub.flows.rules.deadlineMs - 60_000);
  await sweep(hub.flows);
  expect(await sealed()).toEqual([kept, destroyed]);
  await hub.passTime(120_000);
  await sweep(hub.flows);
  expect(await sealed()).toEqual([destroyed, destroyed]);
});
