import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import { centralHeader, endRecords, isLarge, localHeader } from "../../src/archive/zip/records.ts";
import { pack, writeZip, type ZipEntry } from "../../src/archive/zip/write-zip.ts";
import { collect } from "../blobs/bodies.ts";
import { complaints, readZip } from "./read-zip.ts";

const modifiedAt = new Date("2026-05-04T12:34:56Z");

interface Plan {
  readonly path: string;
  readonly content: Buffer;
  readonly way: "packed" | "streamed" | "streamed_with_crc";
  readonly chunkBytes: number;
}

async function* inChunks(content: Buffer, chunkBytes: number) {
  for (let at = 0; at < content.length; at += chunkBytes) {
    yield content.subarray(at, at + chunkBytes);
  }
}

async function toEntry({ path, content, way, chunkBytes }: Plan): Promise<ZipEntry> {
  if (way === "packed") return { path, modifiedAt, content: await pack(content) };
  const chunks = inChunks(content, chunkBytes);
  const base = { kind: "streamed", chunks, bytes: content.length } as const;
  const known = way === "streamed_with_crc" ? { crc32: crc32(content) } : {};
  return { path, modifiedAt, content: { ...base, ...known } };
}

async function* toEntries(plans: readonly Plan[]) {
  for (const plan of plans) yield await toEntry(plan);
}

const write = (plans: readonly Plan[]) => collect(writeZip(toEntries(plans)));

/** Text, noise, or first the one and then the other; around the sizes of blocks. */
const anyContent = fc
  .tuple(
    fc.constantFrom("text", "noise", "text, noise", "noise, text"),
    fc.oneof(
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 262_140, max: 262_150 }),
      fc.integer({ min: 0, max: 1_500_000 }),
    ),
  )
  .map(([kind, bytes]) => {
    const text = Buffer.alloc(bytes, '{"id":12345,"title":"A flat with a view"},\n');
    const noise = randomBytes(bytes);
    return {
      text,
      noise,
      "text, noise": Buffer.concat([text, noise]),
      "noise, text": Buffer.concat([noise, text]),
    }[kind] as Buffer;
  });

const anyPlan = fc.record({
  content: anyContent,
  way: fc.constantFrom("packed" as const, "streamed" as const, "streamed_with_crc" as const),
  chunkBytes: fc.integer({ min: 1000, max: 600_000 }),
});

test("what was put in comes out, by every reader that this machine has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyPlan, { minLength: 1, maxLength: 5 }), async (some) => {
      const plans = some.map((plan, index) => ({ ...plan, path: `папка/${index}` }));
      const zip = await write(plans);
      const found = await readZip(zip);
      expect(found.map(({ path }) => path)).toEqual(plans.map(({ path }) => path));
      for (const [index, { content, entry }] of found.entries()) {
        expect(content.equals(plans[index]?.content ?? Buffer.alloc(0))).toBe(true);
        expect(entry.getLastModDate()).toEqual(modifiedAt);
      }
      expect(await complaints(zip)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("what becomes smaller is deflated, and what does not is stored", async () => {
  const text = Buffer.alloc(700_000, "all work and no play ");
  const noise = randomBytes(700_000);
  const zip = await write(
    (["packed", "streamed", "streamed_with_crc"] as const).flatMap((way) => [
      { path: `text-${way}`, content: text, way, chunkBytes: 65_536 },
      { path: `noise-${way}`, content: noise, way, chunkBytes: 65_536 },
    ]),
  );
  for (const { path, entry } of await readZip(zip)) {
    expect(entry.compressionMethod, path).toBe(path.startsWith("text") ? 8 : 0);
    // A reader that reads from the front has to know where a stored content ends.
    const isDescribedLater = (entry.generalPurposeBitFlag & 8) !== 0;
    expect(isDescribedLater, path).toBe(
      path.includes("streamed") && path !== "noise-streamed_with_crc",
    );
  }
  expect(zip.length).toBeLessThan(3 * 700_000 + 100_000);
});

test.each([-1, 1])("a content of %i bytes more than was said is no entry", async (more) => {
  const content = randomBytes(300_000);
  const said = { kind: "streamed", bytes: content.length - more } as const;
  const entries = async function* (crc?: number) {
    const chunks = inChunks(content, 70_000);
    yield { path: "x", modifiedAt, content: { ...said, chunks, ...(crc && { crc32: crc }) } };
  };
  await expect(collect(writeZip(entries()))).rejects.toThrow("said");
  await expect(collect(writeZip(entries(1)))).rejects.toThrow("said");
});

test("a content with another checksum than was said is no entry", async () => {
  const content = randomBytes(300_000);
  const entries = async function* () {
    const said = { kind: "streamed", bytes: content.length, crc32: 7 } as const;
    yield { path: "x", modifiedAt, content: { ...said, chunks: inChunks(content, 70_000) } };
  };
  await expect(collect(writeZip(entries()))).rejects.toThrow("said");
});

test("who stops reading lets go of the entry under way and of the next ones", async () => {
  const ended: string[] = [];
  const entries = async function* () {
    try {
      for (const path of ["a", "b"]) {
        const chunks = async function* () {
          try {
            while (true) yield randomBytes(100_000);
          } finally {
            ended.push(path);
          }
        };
        const content = { kind: "streamed", chunks: chunks(), bytes: 10 ** 9 } as const;
        yield { path, modifiedAt, content };
      }
    } finally {
      ended.push("entries");
    }
  };
  let read = 0;
  for await (const chunk of writeZip(entries())) {
    read += chunk.byteLength;
    if (read > 1_000_000) break;
  }
  expect(ended).toEqual(["a", "entries"]);
});

test("70,000 entries are more than a plain ZIP can count, and are found all the same", async () => {
  const content = await pack(Buffer.from("x"));
  const entries = async function* () {
    for (let index = 0; index < 70_000; index += 1)
      yield { path: `f/${index}`, modifiedAt, content };
  };
  const zip = await collect(writeZip(entries()));
  expect(await readZip(zip)).toHaveLength(70_000);
  expect(await complaints(zip)).toEqual([]);
});

const gib = 2 ** 30;

test.each([
  ["sizes of 5 GiB", 0, 5 * gib, 5 * gib, false],
  ["a content of 5 GiB that became small", 0, 5 * gib, 1000, true],
  ["a place past 4 GiB", 6 * gib, 10, 10, false],
  ["the last place that fits", 2 ** 32 - 2, 10, 10, false],
  ["the first one that does not", 2 ** 32 - 1, 10, 10, false],
  ["the largest size that fits", 0, 2 ** 32 - 2, 2 ** 32 - 2, false],
  ["the first size that does not", 0, 2 ** 32 - 1, 2 ** 32 - 1, false],
] as const)("a reader finds %s", async (_, offset, bytes, compressedBytes, isDeflated) => {
  const written = {
    name: Buffer.from("a/b"),
    method: isDeflated ? "deflated" : "stored",
    ...{ modifiedAt, offset, bytes, compressedBytes, crc32: 1 },
    ...{ isDescribedLater: isDeflated, isLarge: isLarge(bytes) },
  } as const;
  const line = centralHeader(written);
  const local = localHeader(written);
  const directoryAt = offset + local.length + compressedBytes + 24;
  const end = endRecords({ entries: 1, bytes: line.length, offset: directoryAt });
  const reader = new SparseReader([
    [offset, local],
    [directoryAt, Buffer.concat([line, end])],
  ]);
  const total = directoryAt + line.length + end.length;
  const file = await fromRandomAccessReaderPromise(reader, total, { autoClose: false });
  for await (const entry of file.eachEntry()) {
    expect(entry).toMatchObject({
      fileName: "a/b",
      uncompressedSize: bytes,
      compressedSize: compressedBytes,
    });
    expect(entry.relativeOffsetOfLocalHeader).toBe(offset);
    const header = await file.readLocalFileHeaderPromise(entry);
    expect(header.fileDataStart).toBe(offset + local.length);
  }
  expect(file.entryCount).toBe(1);
});

/** A file of which only some places are there; the others are zeros. */
class SparseReader extends RandomAccessReader {
  readonly #places: readonly (readonly [number, Buffer])[];

  constructor(places: readonly (readonly [number, Buffer])[]) {
    super();
    this.#places = places;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const range = Buffer.alloc(end - start);
    for (const [at, bytes] of this.#places) {
      for (
        let index = Math.max(0, start - at);
        index < bytes.length && at + index < end;
        index += 1
      ) {
        range[at + index - start] = bytes[index] ?? 0;
      }
    }
    return Readable.from([range]);
  }
}
