import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newBlobKey } from "../../src/blobs/blob-key.ts";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { createS3BlobStore } from "../../src/blobs/s3-blob-store.ts";
import type { S3Options } from "../../src/blobs/s3-bucket.ts";
import { until } from "../support/processes.ts";
import { byHand, collect, collectAll, inPieces, ofBytes } from "./bodies.ts";
import { s3Options } from "./drivers.ts";
import { type S3Fault, type S3Server, startS3Server } from "./s3-server.ts";

const mib = 1024 * 1024;
const options = { maxBytes: 64 * mib };
const unavailable = { name: "BlobError", code: "unavailable" };

let server: S3Server;
let stack: AsyncDisposableStack;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  server = stack.use(await startS3Server());
});
afterEach(() => stack.disposeAsync());

function openStore(more: Partial<S3Options> = {}): BlobStore {
  return stack.use(createS3BlobStore({ ...s3Options(server), ...more }));
}

/** Everything that can be asked of a store. */
function asked(store: BlobStore): Record<string, () => Promise<unknown>> {
  const key = newBlobKey("uploads");
  const olderThan = new Date();
  return {
    "put a small body": () => store.put(key, inPieces("x"), options),
    "put a large body": () => store.put(key, ofBytes(11 * mib), options),
    get: () => store.get(key),
    head: () => store.head(key),
    remove: () => store.remove([key]),
    list: () => collectAll(store.list("uploads", { olderThan, limit: 10 })),
    abortOrphans: () => store.abortOrphans(olderThan),
  };
}

async function expectAllUnavailable(store: BlobStore): Promise<void> {
  for (const [what, ask] of Object.entries(asked(store))) {
    await expect(ask(), what).rejects.toMatchObject(unavailable);
  }
}

test("a server that is away is unavailable, whatever is asked", async () => {
  const store = openStore();
  await store.put(newBlobKey("uploads"), inPieces("x"), options);
  await server[Symbol.asyncDispose]();
  await expectAllUnavailable(store);
});

test("a server that cuts every connection is asked each thing three times and no more", async () => {
  const store = openStore();
  server.strike(() => ({ kind: "cut" }));
  for (const [what, ask] of Object.entries(asked(store))) {
    server.requests.length = 0;
    await expect(ask(), what).rejects.toMatchObject(unavailable);
    const counts = Object.values(Object.groupBy(server.requests, (request) => request));
    expect(new Set(counts.map((same) => same?.length)), what).toEqual(new Set([3]));
  }
});

test("a server that never answers is unavailable in bounded time", async () => {
  const store = openStore({ answerMs: 150, partMs: 150 });
  server.strike(() => ({ kind: "hang" }));
  await expectAllUnavailable(store);
});

test("a bucket that is not there is no empty store", async () => {
  await expectAllUnavailable(openStore({ bucket: "another-bucket" }));
});

test.each<[string, S3Fault, string]>([
  ["a full server", { kind: "refuse", status: 507, code: "InsufficientStorage" }, "full"],
  ["a full MinIO", { kind: "refuse", status: 400, code: "XMinioStorageFull" }, "full"],
  ["a wrong password", { kind: "refuse", status: 403, code: "AccessDenied" }, "unavailable"],
  ["an unreadable answer", { kind: "refuse", status: 500, code: "&" }, "unavailable"],
])("%s ends an upload, of which nothing stays", async (_, fault, code) => {
  const store = openStore();
  server.strike(({ method, url = "" }) =>
    method === "PUT" && !url.includes("partNumber=1") ? fault : undefined,
  );
  const key = newBlobKey("uploads");
  await expect(store.put(key, inPieces("x"), options)).rejects.toMatchObject({ code });
  await expect(store.put(key, ofBytes(26 * mib), options)).rejects.toMatchObject({ code });
  expect(server.uploads.size).toBe(0);
  expect(await store.head(key)).toBeNull();
});

test("what fails for a moment is tried again, and the body stored once and whole", async () => {
  const store = openStore();
  let failed = 0;
  server.strike(({ url = "" }) => {
    const isStruck = url.includes("partNumber=2") && failed < 2;
    if (isStruck) failed += 1;
    return isStruck ? { kind: "refuse", status: 503, code: "SlowDown" } : undefined;
  });
  const key = newBlobKey("uploads");
  const expected = await collect(ofBytes(16 * mib));
  await store.put(key, inPieces(expected), options);
  expect(failed).toBe(2);
  const found = await store.get(key);
  expect((await collect(found?.body ?? inPieces())).equals(expected)).toBe(true);
});

test("an upload is not whole when its completion fails, and nothing stays", async () => {
  const store = openStore();
  server.strike(({ method, url = "" }) =>
    method === "POST" && url.includes("uploadId=") ? { kind: "cut" } : undefined,
  );
  const key = newBlobKey("uploads");
  await expect(store.put(key, ofBytes(11 * mib), options)).rejects.toMatchObject(unavailable);
  expect(server.uploads.size).toBe(0);
  expect(await store.head(key)).toBeNull();
});

test("a part that hangs ends with its limit, and at once with the signal", async () => {
  const isPart = ({ url = "" }: IncomingMessage) =>
    url.includes("partNumber=") ? ({ kind: "hang" } as const) : undefined;
  server.strike(isPart);
  const key = newBlobKey("uploads");
  // Long enough for the server to say which upload it began: without that nobody can end it.
  const impatient = openStore({ partMs: 1_000 });
  await expect(impatient.put(key, ofBytes(11 * mib), options)).rejects.toMatchObject(unavailable);
  const abort = new AbortController();
  const { signal } = abort;
  const put = openStore().put(key, ofBytes(11 * mib), { ...options, signal });
  server.strike((request) => {
    if (request.url?.includes("partNumber=")) abort.abort(new Error("enough"));
    return isPart(request);
  });
  await expect(put).rejects.toMatchObject({ code: "aborted", cause: new Error("enough") });
  await until("the upload to be ended", () => server.uploads.size === 0);
});

test("a body that is cut on its way out fails, it does not look short", async () => {
  const store = openStore();
  const key = newBlobKey("archives");
  await store.put(key, ofBytes(mib), options);
  server.strike(({ method }) => (method === "GET" ? { kind: "cut_body" } : undefined));
  const found = await store.get(key);
  await expect(collect(found?.body ?? inPieces())).rejects.toMatchObject(unavailable);
});

test("only so many are uploaded at once; the next body is not read before its turn", async () => {
  const store = openStore();
  const bodies = Array.from({ length: 7 }, byHand);
  const put = (body: AsyncIterable<Uint8Array>, signal?: AbortSignal) =>
    store.put(newBlobKey("uploads"), body, { ...options, ...(signal && { signal }) });
  const puts = bodies.map(({ body }) => put(body));
  const [first, ...others] = bodies;
  const last = others.at(-1);
  for (const { writer } of bodies.slice(0, 6)) await writer.write(Buffer.from("x"));
  expect(last?.body.locked).toBe(false);
  const abort = new AbortController();
  const waiting = put(inPieces("x"), abort.signal);
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  await first?.writer.close();
  await puts[0];
  await last?.writer.write(Buffer.from("y"));
  expect(last?.body.locked).toBe(true);
  for (const { writer } of others) await writer.close();
  await Promise.all(puts);
});

test("a body is let go of when its upload cannot begin", async () => {
  const store = openStore();
  server.strike(() => ({ kind: "refuse", status: 403, code: "AccessDenied" }));
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(Buffer.alloc(mib)),
    cancel: () => resolve(),
  });
  await expect(store.put(newBlobKey("uploads"), body, options)).rejects.toMatchObject(unavailable);
  await promise;
});

test("uploads of others in the bucket are left alone", async () => {
  const store = openStore();
  const begin = (key: string) =>
    fetch(`${server.endpoint}/${server.bucket}/${key}?uploads`, { method: "POST" });
  await begin("somebody/else.txt");
  for (let i = 0; i < 3; i += 1) await begin(newBlobKey("uploads"));
  expect(await store.abortOrphans(new Date(Date.now() + 60_000))).toBe(3);
  expect([...server.uploads.values()].map(({ key }) => key)).toEqual(["somebody/else.txt"]);
});
