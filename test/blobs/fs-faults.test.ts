import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newBlobKey } from "../../src/blobs/blob-key.ts";
import { createFsBlobStore } from "../../src/blobs/fs-blob-store.ts";
import { startProcess, until } from "../support/processes.ts";
import { collect, inPieces } from "./bodies.ts";

const fixture = join(import.meta.dirname, "fixtures", "store-and-tell.ts");
const options = { maxBytes: 1000 };
const later = () => new Date(Date.now() + 60_000);

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "takeout-blobs-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A small file system of this process alone. */
const inSmallDisk = ["-rm", "sh", "-c", 'mount -t tmpfs -o size=6m none "$0" && exec "$@"'];
const canMount =
  spawnSync("unshare", [...inSmallDisk, tmpdir(), "true"], { stdio: "ignore" }).status === 0;

test.skipIf(!canMount)("a full disk is told, nothing stays, and what fits goes on", async () => {
  const run = startProcess("unshare", [
    ...inSmallDisk,
    root,
    ...[process.execPath, fixture, root],
    ...[3, 8, 2, 2, 0].map((size) => String(size * 1024 * 1024)),
  ]);
  await using _ = run;
  await run.exit;
  const lines = run
    .output()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const mib = 1024 * 1024;
  expect(lines).toEqual([
    { code: "stored", bytes: 3 * mib, left: 0 },
    { code: "full", bytes: null, left: 0 },
    { code: "stored", bytes: 2 * mib, left: 0 },
    { code: "full", bytes: null, left: 0 },
    { code: "stored", bytes: 0, left: 0 },
  ]);
});

test("what a killed process was writing is never seen, and is cleaned away", async () => {
  const run = startProcess(process.execPath, [fixture, root, "endless"]);
  await using _ = run;
  await until("the upload to be under way", () => run.output().includes("hangs"));
  run.child.kill("SIGKILL");
  await run.exit;
  const incoming = join(root, "incoming");
  expect(await readdir(incoming)).toHaveLength(1);
  expect(await readdir(join(root, "objects"))).toEqual([]);
  const store = createFsBlobStore(root);
  expect(await store.abortOrphans(new Date(0))).toBe(0);
  expect(await store.abortOrphans(later())).toBe(1);
  expect(await readdir(incoming)).toEqual([]);
});

test("a folder that vanished is no empty store", async () => {
  const store = createFsBlobStore(join(root, "store"));
  const key = newBlobKey("uploads");
  await store.put(key, inPieces("x"), options);
  await rename(join(root, "store"), join(root, "elsewhere"));
  const unavailable = { code: "unavailable" };
  await expect(store.get(key)).rejects.toMatchObject(unavailable);
  await expect(store.head(key)).rejects.toMatchObject(unavailable);
  await expect(store.remove([key])).rejects.toMatchObject(unavailable);
  await expect(store.put(key, inPieces("x"), options)).rejects.toMatchObject(unavailable);
  await expect(collectKeys(store)).rejects.toMatchObject(unavailable);
  await expect(store.abortOrphans(later())).rejects.toMatchObject(unavailable);
  await rename(join(root, "elsewhere"), join(root, "store"));
  expect(await store.head(key)).toEqual({ bytes: 1 });
});

test("a place that cannot be a folder is unavailable, and may become one", async () => {
  const path = join(root, "store");
  await writeFile(path, "a file");
  const store = createFsBlobStore(path);
  const key = newBlobKey("uploads");
  const put = () => store.put(key, inPieces("x"), options);
  await expect(put()).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.get(key)).rejects.toMatchObject({ code: "unavailable" });
  await rm(path);
  expect(await put()).toMatchObject({ bytes: 1 });
});

test("files and folders are for the hub's own user alone", async () => {
  const store = createFsBlobStore(root);
  await store.put(newBlobKey("uploads"), inPieces("x"), options);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  expect(entries.some((entry) => entry.isFile())).toBe(true);
  for (const entry of entries) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    expect(mode & 0o077).toBe(0);
  }
});

test("a file that others put there is neither listed nor in the way", async () => {
  const store = createFsBlobStore(root);
  const key = newBlobKey("uploads");
  await store.put(key, inPieces("x"), options);
  const shard = join(root, "objects", "uploads", key.slice(8, 10));
  await writeFile(join(shard, "README.txt"), "hello");
  await mkdir(join(root, "objects", "uploads", "zz"));
  expect(await collectKeys(store)).toEqual([key]);
  expect(await readFile(join(shard, "README.txt"), "utf8")).toBe("hello");
  const found = await store.get(key);
  expect((await collect(found?.body ?? inPieces())).toString()).toBe("x");
});

async function collectKeys(store: ReturnType<typeof createFsBlobStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list("uploads", { olderThan: later(), limit: 100 })) keys.push(key);
  return keys;
}
