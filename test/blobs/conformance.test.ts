import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newBlobKey } from "../../src/blobs/blob-key.ts";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { until } from "../support/processes.ts";
import { byHand, collect, collectAll, inPieces, ofBytes, sha256 } from "./bodies.ts";
import { drivers, type TriedStore } from "./drivers.ts";

const maxBytes = 64 * 1024 * 1024;
const mib = 1024 * 1024;
const farAhead = () => new Date(Date.now() + 60_000);
const longAgo = new Date(0);

describe.each(Object.entries(drivers))("%s", (_, open) => {
  let tried: TriedStore;
  let store: BlobStore;
  beforeEach(async () => {
    tried = await open();
    store = tried.store;
  });
  afterEach(() => tried[Symbol.asyncDispose]());

  const read = async (key: string, range?: { from: number; to: number }) => {
    const found = await store.get(key, range);
    return found && { bytes: found.bytes, body: await collect(found.body) };
  };
  const keysOf = (kind: string, options = {}) =>
    collectAll(store.list(kind, { olderThan: farAhead(), limit: 100, ...options }));
  /** Puts a body that must fail, and sees that it left nothing. */
  const failing = async (
    body: AsyncIterable<Uint8Array>,
    options: { maxBytes: number; signal?: AbortSignal },
  ) => {
    const key = newBlobKey("uploads");
    const error = await store.put(key, body, options).then(
      () => expect.unreachable("it was stored"),
      (reason: unknown) => reason,
    );
    expect(await store.head(key)).toBeNull();
    expect(await tried.unfinished()).toBe(0);
    return error;
  };

  test.each([0, 1, 5 * mib, 5 * mib + 1, 12 * mib + 345])(
    "a body of %i bytes comes back as it was, and was measured on its way",
    async (bytes) => {
      const expected = await collect(ofBytes(bytes));
      const key = newBlobKey("uploads");
      expect(await store.put(key, ofBytes(bytes), { maxBytes })).toEqual({
        bytes,
        sha256: sha256(expected),
        crc32: crc32(expected),
      });
      expect(await store.head(key)).toEqual({ bytes });
      const found = await read(key);
      expect(found?.bytes).toBe(bytes);
      expect(found?.body.equals(expected)).toBe(true);
    },
  );

  test("a web stream is a body too", async () => {
    const key = newBlobKey("uploads");
    await store.put(key, ReadableStream.from(inPieces("one ", "two")), { maxBytes });
    expect((await read(key))?.body.toString()).toBe("one two");
  });

  test("pieces of any size make one body", async () => {
    const key = newBlobKey("uploads");
    const expected = Buffer.from("0123456789".repeat(200));
    const pieces = [...expected].map((byte) => Buffer.of(byte));
    await store.put(key, inPieces("", ...pieces, "", expected), { maxBytes });
    const twice = Buffer.concat([expected, expected]);
    expect((await read(key))?.body.equals(twice)).toBe(true);
  });

  test("what nobody put is not there, and removing it is no error", async () => {
    const key = newBlobKey("uploads");
    expect(await store.get(key)).toBeNull();
    expect(await store.head(key)).toBeNull();
    await store.remove([key]);
  });

  test("an object is not seen before it is whole", async () => {
    const key = newBlobKey("uploads");
    const { body, writer } = byHand();
    const put = store.put(key, body, { maxBytes });
    await writer.write(Buffer.alloc(mib, 1));
    expect(await store.get(key)).toBeNull();
    expect(await keysOf("uploads")).toEqual([]);
    await writer.close();
    await put;
    expect(await store.head(key)).toEqual({ bytes: mib });
  });

  test("a body with one byte too many is refused and leaves nothing", async () => {
    const key = newBlobKey("uploads");
    expect(await store.put(key, ofBytes(7 * mib), { maxBytes: 7 * mib })).toMatchObject({
      bytes: 7 * mib,
    });
    expect(await failing(ofBytes(7 * mib + 1), { maxBytes: 7 * mib })).toMatchObject({
      code: "too_large",
    });
  });

  test.each([0, 12 * mib])("a body that fails after %i bytes leaves nothing", async (bytes) => {
    const cut = new Error("the connection was cut");
    const body = async function* () {
      yield* ofBytes(bytes);
      throw cut;
    };
    expect(await failing(body(), { maxBytes })).toMatchObject({ code: "aborted", cause: cut });
  });

  test.each([0, 12 * mib])(
    "a body that hangs after %i bytes is given up when it is aborted, and leaves nothing",
    async (bytes) => {
      const abort = new AbortController();
      const body = async function* () {
        yield* ofBytes(bytes);
        abort.abort(new Error("enough"));
        await new Promise(() => {});
      };
      const { signal } = abort;
      expect(await failing(body(), { maxBytes, signal })).toMatchObject({
        code: "aborted",
        cause: new Error("enough"),
      });
    },
  );

  test("nothing is stored of a body that was aborted before it began", async () => {
    const signal = AbortSignal.abort();
    expect(await failing(inPieces("x"), { maxBytes, signal })).toMatchObject({ code: "aborted" });
  });

  test("a stream whose body is refused is cancelled", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.alloc(1000)),
      cancel: () => resolve(),
    });
    expect(await failing(body, { maxBytes: 5000 })).toMatchObject({ code: "too_large" });
    await promise;
  });

  test("ranges are read with both ends, and cut at the object's", async () => {
    const key = newBlobKey("archives");
    const expected = await collect(ofBytes(mib));
    await store.put(key, inPieces(expected), { maxBytes });
    for (const [from, to] of [
      [0, 0],
      [5, 9],
      [mib - 1, mib - 1],
      [300_000, 900_000],
      [mib - 10, mib + 10],
      [0, Number.MAX_SAFE_INTEGER],
    ] as const) {
      const found = await read(key, { from, to });
      expect(found?.bytes).toBe(mib);
      expect(found?.body.equals(expected.subarray(from, to + 1))).toBe(true);
    }
  });

  test("a range that the object has not is an error of the caller", async () => {
    const key = newBlobKey("archives");
    await store.put(key, inPieces("0123456789"), { maxBytes });
    await expect(store.get(key, { from: 10, to: 12 })).rejects.toThrow(RangeError);
    await expect(store.get(key, { from: 5, to: 4 })).rejects.toThrow(RangeError);
    await expect(store.get(key, { from: -5, to: -1 })).rejects.toThrow(RangeError);
  });

  test("who reads goes on while the object is replaced and removed", async () => {
    const key = newBlobKey("archives");
    const expected = await collect(ofBytes(9 * mib));
    await store.put(key, inPieces(expected), { maxBytes });
    const first = await store.get(key);
    await store.put(key, inPieces("another"), { maxBytes });
    const second = await store.get(key);
    await store.remove([key]);
    expect(await store.get(key)).toBeNull();
    expect((await collect(first?.body ?? inPieces())).equals(expected)).toBe(true);
    expect((await collect(second?.body ?? inPieces())).toString()).toBe("another");
  });

  test("a reader may stop, or be stopped", async () => {
    const key = newBlobKey("archives");
    await store.put(key, ofBytes(9 * mib), { maxBytes });
    for await (const chunk of (await store.get(key))?.body ?? inPieces()) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    const abort = new AbortController();
    const found = await store.get(key, undefined, abort.signal);
    abort.abort(new Error("gone"));
    await expect(collect(found?.body ?? inPieces())).rejects.toThrow();
    await expect(store.get(key, undefined, AbortSignal.abort())).rejects.toMatchObject({
      code: "aborted",
    });
  });

  test("two uploads to one key leave one whole body", async () => {
    const key = newBlobKey("uploads");
    const bodies = [Buffer.alloc(6 * mib, "a"), Buffer.alloc(6 * mib, "b")];
    await Promise.all(bodies.map((body) => store.put(key, ofSlices(body), { maxBytes })));
    const found = await read(key);
    expect(bodies.some((body) => found?.body.equals(body))).toBe(true);
    expect(await tried.unfinished()).toBe(0);
  });

  test("many are removed at once, and only those", async () => {
    const keys = Array.from({ length: 12 }, () => newBlobKey("uploads"));
    for (const key of keys) await store.put(key, inPieces("x"), { maxBytes });
    const [kept = "", ...gone] = keys;
    await store.remove([...gone, newBlobKey("uploads")]);
    expect(await keysOf("uploads")).toEqual([kept]);
    await store.remove([]);
  });

  test("keys are listed by kind in their order, by age, in pages", async () => {
    const keys = Array.from({ length: 9 }, () => newBlobKey("uploads")).toSorted();
    for (const key of keys) await store.put(key, inPieces("x"), { maxBytes });
    await store.put(newBlobKey("archives"), inPieces("x"), { maxBytes });
    await store.put(newBlobKey("uploadsold"), inPieces("x"), { maxBytes });
    expect(await keysOf("uploads")).toEqual(keys);
    expect(await keysOf("uploads", { limit: 4 })).toEqual(keys.slice(0, 4));
    expect(await keysOf("uploads", { after: keys[3] })).toEqual(keys.slice(4));
    expect(await keysOf("uploads", { olderThan: longAgo })).toEqual([]);
    expect(await keysOf("nothing")).toEqual([]);
  });

  test("an upload that nobody finished is ended, one that is young is not", async () => {
    const { body, writer } = byHand();
    const key = newBlobKey("uploads");
    const put = store.put(key, body, { maxBytes }).catch((error: unknown) => error);
    for (let i = 0; i < 12; i += 1) await writer.write(Buffer.alloc(mib, i));
    await until("the upload to have begun", async () => (await tried.unfinished()) === 1);
    expect(await store.abortOrphans(longAgo)).toBe(0);
    expect(await store.abortOrphans(farAhead())).toBe(1);
    expect(await tried.unfinished()).toBe(0);
    await writer.close().catch(() => {});
    expect(await put).toMatchObject({ code: "unavailable" });
    expect(await store.head(key)).toBeNull();
  });

  test("nothing but our own keys reaches the store", async () => {
    const bad = {
      up: "uploads/../../../etc/passwd",
      absolute: "/etc/passwd",
      slash: "uploads/a/b",
      empty: "",
      upper: newBlobKey("uploads").toUpperCase(),
      line: `${newBlobKey("uploads")}\n`,
      zero: `${newBlobKey("uploads")}\0`,
      other: "uploads/report.json",
    };
    for (const key of Object.values(bad)) {
      await expect(store.put(key, inPieces("x"), { maxBytes })).rejects.toThrow(TypeError);
      await expect(store.get(key)).rejects.toThrow(TypeError);
      await expect(store.head(key)).rejects.toThrow(TypeError);
      await expect(store.remove([key])).rejects.toThrow(TypeError);
    }
    await expect(keysOf("..")).rejects.toThrow(TypeError);
    await expect(keysOf("uploads/")).rejects.toThrow(TypeError);
    expect(() => newBlobKey("../x")).toThrow(TypeError);
  });
});

function ofSlices(body: Buffer): AsyncIterable<Uint8Array> {
  const slices = Array.from({ length: Math.ceil(body.length / 100_000) }, (_, index) =>
    body.subarray(index * 100_000, (index + 1) * 100_000),
  );
  return inPieces(...slices);
}
