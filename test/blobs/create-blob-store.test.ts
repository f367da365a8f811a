import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newBlobKey } from "../../src/blobs/blob-key.ts";
import { createBlobStore } from "../../src/blobs/create-blob-store.ts";
import { startProcess } from "../support/processes.ts";
import { collect, collectAll, inPieces } from "./bodies.ts";
import { startS3Server } from "./s3-server.ts";

const fixture = join(import.meta.dirname, "fixtures", "count-aws-modules.ts");

test("a hub that keeps its blobs in a folder never loads the client of S3", async () => {
  const path = await mkdtemp(join(tmpdir(), "takeout-blobs-"));
  expect(await modulesLoaded({ driver: "fs", path })).toBe(0);
  expect(
    await modulesLoaded({ driver: "s3", bucket: "b", endpoint: "http://127.0.0.1:9" }),
  ).not.toBe(0);
  await rm(path, { recursive: true });
});

async function modulesLoaded(config: object): Promise<number> {
  const run = startProcess(process.execPath, [fixture, JSON.stringify(config)]);
  await using _ = run;
  expect((await run.exit).code, run.output()).toBe(0);
  return Number(run.output());
}

test("a store in S3 that opens with its first use does all that a store does", async () => {
  await using server = await startS3Server();
  const { endpoint, bucket } = server;
  process.env.AWS_ACCESS_KEY_ID = process.env.AWS_SECRET_ACCESS_KEY = "test";
  await using store = createBlobStore({ driver: "s3", endpoint, bucket });
  const key = newBlobKey("uploads");
  await store.put(key, inPieces("hello"), { maxBytes: 10 });
  expect(await store.head(key)).toEqual({ bytes: 5 });
  const found = await store.get(key, { from: 1, to: 3 });
  expect((await collect(found?.body ?? inPieces())).toString()).toBe("ell");
  const olderThan = new Date(Date.now() + 60_000);
  expect(await collectAll(store.list("uploads", { olderThan, limit: 9 }))).toEqual([key]);
  expect(await store.abortOrphans(olderThan)).toBe(0);
  await store.remove([key]);
  expect(await store.get(key)).toBeNull();
});

test("a store that was never used is closed without being opened", async () => {
  const store = createBlobStore({ driver: "s3", bucket: "never" });
  await store[Symbol.asyncDispose]();
});
