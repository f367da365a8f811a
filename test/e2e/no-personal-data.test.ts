import { createDecipheriv, hkdfSync } from "node:crypto";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient, doneReport } from "./support/hub-client.ts";
import { createLandscape } from "./support/landscape.ts";

const closedUid = "90071992547409931234567";
const openUid = "80071992547409931234568";
const requestIds = ["request-of-the-closed-one-4711", "request-of-the-open-one-4712"] as const;
const traceId = "trace-that-hides-90071992547409931234567";

test("with one deletion open and one closed, tables, queue, logs and metrics name nobody", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty]],
  });
  const sql = postgres(database.url, { max: 2 });
  try {
    await using running = landscape.start("up", { LOG_LEVEL: "trace" });
    const hub = createHubClient(await running.address(), landscape.portal);
    const headers = { "x-request-id": traceId };
    await hub.status(closedUid, headers);
    await hub.remove(closedUid, requestIds[0], ["1"], headers);
    await until("the call", () => realty.deletes().length === 1);
    const sealedBefore = await readSnapshot(sql);
    const report = doneReport(realty.deletes()[0]?.body, "1");
    expect(await hub.report(realty, report, headers)).toMatchObject({ status: 200 });
    realty.onDelete = () => ({ status: 500 });
    await hub.remove(openUid, requestIds[1], ["1"], headers);
    await until("the failed call", async () => {
      const [row] = await sql`select from parts where failures > 0`;
      return row !== undefined;
    });
    await hub.report(realty, { yandex_uid: openUid, category_id: "1", state: "delete_failed" });
    await hub.remove(openUid, "", ["1"], headers); // a refusal, with its log line
    const metrics = await hub.get("/metrics");

    const dump = await dumpDatabase(sql);
    expect(dump).toContain("drive_deletion"); // the queue is in it, and the job of the open one
    expect(running.output()).toContain("call failed, to be tried again");
    const places = { dump, log: running.output(), metrics: metrics.body as string };
    for (const secret of [closedUid, openUid, ...requestIds, traceId]) {
      for (const form of formsOf(secret)) {
        for (const [place, text] of Object.entries(places)) {
          expect(text.toLowerCase().includes(form.toLowerCase()), `${form} in ${place}`).toBe(
            false,
          );
        }
      }
    }

    // What was sealed could be opened while it stood; now nothing is left to open.
    expect(open(landscape.secret, sealedBefore)).toContain(closedUid);
    const [closed] = await sql`
      select sealed, wrapped, seal_key_id from deletions where closed_at is not null`;
    expect(closed).toEqual({ sealed: null, wrapped: null, seal_key_id: null });
    const [stillOpen] = await sql`select id from deletions where closed_at is null`;
    expect(stillOpen).toBeDefined();
  } finally {
    await sql.end();
  }
});

interface Snapshot {
  id: string;
  sealed: Buffer;
  wrapped: Buffer;
  seal_key_id: string;
}

async function readSnapshot(sql: postgres.Sql): Promise<Snapshot> {
  const [row] = await sql<Snapshot[]>`select id, sealed, wrapped, seal_key_id from deletions`;
  if (!row) throw new Error("there is no deletion");
  return row;
}

/** Opens a snapshot by the format alone, so that the test does not lean on the code that it checks. */
function open(secret: string, { id, sealed, wrapped, seal_key_id }: Snapshot): string {
  const derived = hkdfSync("sha256", Buffer.from(secret, "base64"), "", "takeout/seal/v1", 32);
  const key = decrypt(Buffer.from(derived), wrapped, `deletion:${id}|${seal_key_id}|key`);
  return decrypt(key, sealed, `deletion:${id}|snapshot`).toString("utf8");
}

function decrypt(key: Buffer, box: Buffer, bound: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(box.subarray(-16));
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]);
}

/** Every table of every schema as text, bytes in hex. */
async function dumpDatabase(sql: postgres.Sql): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`;
  const texts = tables.map(async ({ name }) => {
    const rows = await sql<{ row: string }[]>`select t::text as row from ${sql.unsafe(name)} t`;
    return rows.map(({ row }) => row).join("\n");
  });
  return (await Promise.all(texts)).join("\n");
}

/** A text as itself, in hex, and in base64 at each of its three alignments, without the ragged ends. */
function formsOf(text: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from("x".repeat(shift) + text).toString("base64");
    return encoded.replace(/=+$/, "").slice(shift === 0 ? 0 : 4, -4);
  });
  return [text, Buffer.from(text).toString("hex"), ...base64];
}
