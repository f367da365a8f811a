import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { unzip } from "../support/exports.ts";
import { startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createLandscape } from "./support/landscape.ts";

const patienceMs = 120_000;

/** A small file system of the process alone. */
const inSmallDisk = ["-rm", "sh", "-c", 'mount -t tmpfs -o size=6m none "$0" && exec "$@"'];
const canMount =
  spawnSync("unshare", [...inSmallDisk, tmpdir(), "true"], { stdio: "ignore" }).status === 0;

/** @returns what gives the room back. */
async function fill(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "filler");
  const file = await open(path, "w");
  for (let isFull = false; !isFull; ) {
    const { bytesWritten } = await file.write(Buffer.alloc(4096)).catch((error) => {
      if (error.code === "ENOSPC") return { bytesWritten: 0 };
      throw error;
    });
    isFull = bytesWritten < 4096;
  }
  await file.close();
  return () => rm(path);
}

test.skipIf(!canMount)(
  "on a full disk an upload is told so, what was there stays whole, and the copy is made when there is room",
  async () => {
    await using database = await createDatabase();
    await using rides = await startFakeService("rides");
    const blobs = await mkdtemp(join(tmpdir(), "takeout disk "));
    await using landscape = await createLandscape({
      databaseUrl: database.url,
      categories: ["1"],
      services: [[rides, { export: true }]],
      config: { blobs: { path: blobs } },
      within: ["unshare", ...inSmallDisk, blobs],
    });
    const sql = postgres(database.url, { max: 1 });
    try {
      rides.onExport = () => ({ status: 202 });
      const hub = landscape.start("up");
      const address = await hub.address();
      const disk = join("/proc", String(hub.child.pid), "root", blobs);
      const ask = async (path: string, init: RequestInit, ticket: string) => {
        const type =
          typeof init.body === "string" ? "application/json" : "application/octet-stream";
        const headers = { "x-ya-service-ticket": ticket, "content-type": type };
        return await fetch(address + path, { ...init, headers });
      };
      const byPortal = async (path: string, init: RequestInit = {}) => {
        const answer = await ask(path, init, await landscape.portal.serviceTicket());
        return ((await answer.json()) as { data: Record<string, string> }).data;
      };
      const byRides = async (path: string, init: RequestInit) =>
        await ask(path, init, await rides.client.serviceTicket());

      const submitted = await byPortal("/1/takeout/export/submit/?uid=4001&request_id=r", {
        method: "POST",
      });
      const jobId = submitted.job_id ?? "";
      await until("the call", () => rides.exports().length > 0, patienceMs);
      const put = (name: string, body: Uint8Array<ArrayBuffer>) =>
        byRides(`/takeout/exports/${jobId}/files/${name}`, { method: "PUT", body });
      const kept = randomBytes(500_000);
      expect((await put("kept", kept)).status).toBe(200);

      const free = await fill(disk);
      const refused = await put("lost", randomBytes(60_000));
      expect([refused.status, await refused.json()]).toMatchObject([507, { code: "storage_full" }]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await readdir(join(disk, "incoming"))).toEqual([]);
      const report = { yandex_uid: "4001", job_id: jobId, service: "rides", state: "exported" };
      const init = { method: "POST", body: JSON.stringify(report) };
      expect((await byRides("/takeout/set_export_status", init)).status).toBe(200);
      const isFull = async () =>
        (await sql`select from exports where id = ${jobId} and error_code = 'storage_full'`).length;
      await until("the build to fail", async () => (await isFull()) > 0, patienceMs);
      expect(await readdir(join(disk, "incoming"))).toEqual([]);

      await free();
      const status = `/1/takeout/export/status/?uid=4001&job_id=${jobId}`;
      await until("the copy", async () => (await byPortal(status)).state === "ready", patienceMs);
      const link = await fetch(`${address}/1/takeout/export/download/`, {
        method: "POST",
        headers: {
          "x-ya-service-ticket": await landscape.portal.serviceTicket(),
          "x-ya-user-ticket": await landscape.portal.userTicket("4001"),
          "content-type": "application/json",
        },
        body: JSON.stringify({ job_id: jobId }),
      });
      const { data } = (await link.json()) as { data: { url: string } };
      const archive = await fetch(address + new URL(data.url).pathname);
      const files = await unzip(await archive.arrayBuffer());
      expect(files.get("rides/kept")?.equals(kept)).toBe(true);
      expect(files.has("rides/lost")).toBe(false);
    } finally {
      await sql.end();
    }
    await rm(blobs, { recursive: true, force: true });
  },
  300_000,
);
