import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { expect, test } from "vitest";
import { deriveKeyring } from "../../src/store/keys.ts";
import { createSubjects } from "../../src/store/subjects.ts";
import { createDatabase } from "../support/database.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient, doneReport, type HubClient } from "./support/hub-client.ts";
import { createLandscape, type HubProcess, type Landscape } from "./support/landscape.ts";

/** Two processes that are replaced one after the other, and whoever calls takes one that is there. */
class Fleet {
  readonly #landscape: Landscape;
  #running: { readonly process: HubProcess; readonly client: HubClient }[] = [];
  #turn = 0;

  constructor(landscape: Landscape) {
    this.#landscape = landscape;
  }

  async replace(env: NodeJS.ProcessEnv): Promise<void> {
    for (let n = 0; n < 2; n += 1) {
      const process = this.#landscape.start("up", env);
      const client = createHubClient(await process.address(), this.#landscape.portal);
      this.#running.push({ process, client });
      if (this.#running.length <= 2) continue;
      const leaving = this.#running.shift()?.process;
      leaving?.child.kill("SIGTERM");
      await leaving?.exit;
    }
  }

  /** Asks again while a process that is just leaving was asked, as portals and services do. */
  async ask<T extends { status: number }>(call: (hub: HubClient) => Promise<T>): Promise<T> {
    return await until("an answer", async () => {
      const hub = this.#running[this.#turn++ % this.#running.length];
      const answer = hub && (await call(hub.client).catch(() => undefined));
      return answer !== undefined && answer.status !== 503 && answer;
    });
  }
}

function startReporting(realty: FakeService, fleet: Fleet): void {
  realty.onDelete = ({ body }) => {
    fleet.ask((hub) => hub.report(realty, doneReport(body, "1"))).catch(() => {});
    return { status: 202 };
  };
}

test("the secret is rotated under load, and no deletion, repeat or date is lost", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty]],
  });
  const sql = postgres(database.url, { max: 1 });
  const fleet = new Fleet(landscape);
  startReporting(realty, fleet);
  const [old, next] = [landscape.secret, randomBytes(32).toString("base64")];
  const dates = new Map<string, string>();
  let isOver = false;
  const deleteOne = async (uid: string) => {
    const remove = (hub: HubClient) => hub.remove(uid, `request-of-${uid}`, ["1"]);
    expect((await fleet.ask(remove)).status).toBe(200);
    expect((await fleet.ask(remove)).status).toBe(200);
    const date = await until("the date of the deletion", async () => {
      const { body } = await fleet.ask((hub) => hub.status(uid));
      const [category] = body.data;
      return category.state === "empty" && (category.update_date as string);
    });
    dates.set(uid, date);
  };
  const load = async (lane: number) => {
    for (let n = 0; !isOver; n += 1) await deleteOne(`4${lane}${n}`);
  };
  try {
    await fleet.replace({});
    const loads = [1, 2, 3].map(load);
    const rotate = async () => {
      await until("deletions before it", () => dates.size >= 5);
      // First everybody learns the new secret, then everybody writes by it.
      await fleet.replace({ TAKEOUT_SECRET: old, TAKEOUT_SECRET_OLD: next });
      await fleet.replace({ TAKEOUT_SECRET: next, TAKEOUT_SECRET_OLD: old });
      const rotatedAt = dates.size;
      await until("deletions after it", () => dates.size >= rotatedAt + 5);
    };
    await Promise.race([rotate(), ...loads]).finally(() => {
      isOver = true;
    });
    await Promise.all(loads);
    for (const [uid, date] of dates) {
      const repeat = await fleet.ask((hub) => hub.remove(uid, `request-of-${uid}`, ["1"]));
      expect(repeat.status).toBe(200);
      const { body } = await fleet.ask((hub) => hub.status(uid));
      expect(body.data[0]).toMatchObject({ state: "empty", update_date: date });
    }
    const [counts] = await sql`
      select (select count(*) from deletions)::int as deletions,
             (select count(*) from requests)::int as requests,
             (select count(*) from parts where state <> 'deleted')::int as open`;
    expect(counts).toEqual({ deletions: dates.size, requests: dates.size, open: 0 });
    const order = new Map<string, string>();
    for (const { body } of realty.deletes()) {
      expect([undefined, body.to]).toContain(order.get(body.deletion_id));
      order.set(body.deletion_id, body.to);
    }
    expect(order.size).toBe(dates.size);
  } finally {
    await sql.end();
  }
});

test("a hub without the secret that a hold was placed by does not start, and with it holds the user", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty]],
  });
  const sql = postgres(database.url, { max: 1 });
  const keyring = deriveKeyring([Buffer.from(landscape.secret, "base64")]);
  await sql`
    insert into holds (id, subject, reason, client, login)
    values (gen_random_uuid(), ${createSubjects(keyring).of("4003")}, 'court', 'desk', 'alice')`;
  await sql.end();
  const next = randomBytes(32).toString("base64");
  for (const command of ["up", "serve", "work"] as const) {
    const refused = landscape.start(command, { TAKEOUT_SECRET: next });
    expect(await refused.exit).toEqual({ code: 78, signal: null });
    expect(refused.output()).toContain(
      "TAKEOUT_SECRET_OLD: lacks the secret by which users were held",
    );
    expect(refused.output()).not.toContain('"ready"');
  }
  const env = { TAKEOUT_SECRET: next, TAKEOUT_SECRET_OLD: landscape.secret };
  const hub = createHubClient(await landscape.start("up", env).address(), landscape.portal);
  expect(await hub.remove("4003", "r", ["1"])).toMatchObject({ status: 409 });
});
