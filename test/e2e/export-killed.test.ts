import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { type FakeService, type ReceivedCall, startFakeService } from "../support/fake-service.ts";
import { type FakeStorage, startFakeStorage } from "../support/fake-storage.ts";
import { until } from "../support/processes.ts";
import { createLandscape } from "./support/landscape.ts";

const uploads = ["a.jsonl", "b.jsonl"];
/** The grace of those who judge the dead, and a busy machine. */
const patienceMs = 120_000;

/** Uploads its files and reports them, each time that it is called; how often is looked at. */
function promise(service: FakeService, hubUrl: () => string): void {
  const send = async (path: string, init: RequestInit) => {
    const ticket = await service.client.serviceTicket();
    const headers = { "x-ya-service-ticket": ticket, ...init.headers };
    return await fetch(hubUrl() + path, { ...init, headers });
  };
  const give = async ({ job_id, report_uid }: ReceivedCall["body"]) => {
    for (const name of uploads) {
      await send(`/takeout/exports/${job_id}/files/${name}`, {
        method: "PUT",
        body: name.repeat(10_000),
      });
    }
    const report = { yandex_uid: report_uid, job_id, service: service.name, state: "exported" };
    const headers = { "content-type": "application/json" };
    await send("/takeout/set_export_status", {
      method: "POST",
      headers,
      body: JSON.stringify(report),
    });
  };
  service.onExport = ({ body }) => {
    void give(body);
    return { status: 202 };
  };
}

test.each(["store", "portal"] as const)(
  "with delivery to the %s, a worker killed at any seam costs the step under way at most",
  async (delivery) => {
    await using database = await createDatabase();
    await using quick = await startFakeService("quick");
    await using rides = await startFakeService("rides");
    await using storage = await startFakeStorage();
    const blobs = await mkdtemp(join(tmpdir(), "takeout blobs "));
    await using landscape = await createLandscape({
      databaseUrl: database.url,
      categories: ["1"],
      services: [quick, rides].map((service) => [service, { export: true }]),
      config: { blobs: { path: blobs }, export: { delivery } },
      portal: { storage: storage.url },
    });
    const sql = postgres(database.url, { max: 2 });
    try {
      const serving = landscape.start("serve");
      const address = await serving.address();
      quick.onExport = () => ({ status: 200, body: { status: "ok", data: { "q.json": 1 } } });
      promise(rides, () => address);
      const submit = async (uid: string): Promise<string> => {
        const response = await fetch(
          `${address}/1/takeout/export/submit/?uid=${uid}&request_id=r`,
          {
            method: "POST",
            headers: { "x-ya-service-ticket": await landscape.portal.serviceTicket() },
          },
        );
        return ((await response.json()) as { data: { job_id: string } }).data.job_id;
      };
      const work = (env: NodeJS.ProcessEnv) => landscape.startFixture("dying-worker.ts", env);
      const isClosed = async (jobId: string) =>
        (await sql`select from exports where id = ${jobId} and closed_at is not null`).length > 0;

      // How many seams there are, when nobody dies.
      const whole = await submit("7000");
      const living = work({ DIES_WITH: whole });
      await until("the export to end", () => isClosed(whole), patienceMs);
      living.child.kill("SIGTERM");
      await living.exit;
      const seams = [...living.output().matchAll(/^seam (\d+) /gm)].length;
      expect(seams).toBeGreaterThan(8);

      const died = new Map<string, Dead>();
      // One that is called while another answers may have a seam more or less, so that it goes on till one gets through.
      let isThrough = false;
      for (let at = 1; !isThrough && at <= 2 * seams; at += 1) {
        const jobId = await submit(String(7_000 + at));
        const dying = work({ DIES_WITH: jobId, DIES_AT: String(at) });
        await until(
          "it to die, or to have no such seam this time",
          async () =>
            dying.child.exitCode !== null ||
            dying.child.signalCode !== null ||
            (await isClosed(jobId)),
          patienceMs,
        );
        dying.child.kill("SIGKILL");
        await dying.exit;
        const calls = countCalls(jobId, [quick, rides], storage.requests);
        died.set(jobId, { calls, finished: await readFinished(sql, jobId) });
        isThrough = await isClosed(jobId);
      }
      const last = landscape.start("work", { WORK_PORT: "0" });
      await until(
        "all to end",
        async () => (await sql`select from exports where closed_at is null`).length === 0,
        patienceMs,
      );
      last.child.kill("SIGTERM");
      await last.exit;

      const states = await sql`select distinct state from exports`;
      expect(states).toEqual([{ state: "ready" }]);
      for (const [jobId, { calls, finished }] of died) {
        const inAll = countCalls(jobId, [quick, rides], storage.requests);
        // What was recorded as done is never done again; what was under way is, once.
        for (const step of finished) {
          expect([jobId, step, inAll.get(step)]).toEqual([jobId, step, calls.get(step)]);
        }
        for (const [step, count] of inAll) expect([step, count <= 2]).toEqual([step, true]);
      }
      const finishings = [...died.values()].map(({ finished }) => finished.length);
      expect(Math.min(...finishings)).toBe(0);
      expect(Math.max(...finishings)).toBe(delivery === "store" ? 2 : 7);
      const archives =
        await sql`select export_id, count(*)::int as count from export_archives group by 1`;
      expect(archives.every(({ count }) => count === 1)).toBe(true);
      expect(archives).toHaveLength(delivery === "store" ? died.size + 1 : 0);
    } finally {
      await sql.end();
      await rm(blobs, { recursive: true, force: true });
    }
  },
  600_000,
);

interface Dead {
  /** How often each step was made when it died. */
  readonly calls: ReadonlyMap<string, number>;
  /** Steps that the ledger knew as done by then. */
  readonly finished: readonly string[];
}

/** By step: calls of services for a job, and of the portal's storage. */
function countCalls(
  jobId: string,
  services: readonly FakeService[],
  pushed: FakeStorage["requests"],
): ReadonlyMap<string, number> {
  const called = services.flatMap((service) =>
    service.exports().flatMap(({ body }) => (body.job_id === jobId ? [service.name] : [])),
  );
  const told = pushed.flatMap(({ path }) =>
    path.includes(jobId) ? [path.slice(path.indexOf(jobId) + jobId.length + 1)] : [],
  );
  const counts = new Map<string, number>();
  for (const step of [...called, ...told]) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}

const pushes = ["files/quick/q.json", ...uploads.map((name) => `files/rides/${name}`)];

async function readFinished(sql: postgres.Sql, jobId: string): Promise<string[]> {
  const answered = await sql<{ service: string }[]>`
    select service from export_parts where export_id = ${jobId} and state not in ('due', 'calling')`;
  const delivered = await sql`
    select from export_files where export_id = ${jobId} and delivered_at is not null`;
  const [row] = await sql<{ step: string | null; is_closed: boolean }[]>`
    select step, closed_at is not null as is_closed from exports where id = ${jobId}`;
  const isTold = row?.is_closed === true && delivered.length > 0;
  return [
    ...answered.map(({ service }) => service),
    ...pushes.slice(0, delivered.length),
    ...(row?.step === "notify" || isTold ? ["done"] : []),
    ...(isTold ? ["notify"] : []),
  ];
}
