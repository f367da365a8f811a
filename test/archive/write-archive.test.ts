import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { compactVerify, createLocalJWKSet } from "jose";
import { expect, test } from "vitest";
import { writeArchive } from "../../src/archive/write-archive.ts";
import { collect, inPieces, ofBytes, sha256 } from "../blobs/bodies.ts";
import { complaints, readZip } from "./read-zip.ts";
import { createdAt, each, newSigningKey, type SampleFile, sampleInput, toFile } from "./samples.ts";

async function write(files: readonly SampleFile[], more = {}) {
  const zip = await collect(writeArchive(sampleInput(files, more)));
  const entries = await readZip(zip);
  const contentOf = (path: string) => entries.find((entry) => entry.path === path)?.content;
  const manifest = JSON.parse(String(contentOf("manifest.json")));
  return { zip, entries, contentOf, manifest };
}

test("every file lies in its service's folder, and the hub's own three beside them", async () => {
  const large = await collect(ofBytes(3_000_000));
  const { zip, entries, contentOf } = await write([
    { name: "offers.json", content: "[]" },
    { name: "photo.jpg", content: randomBytes(800_000) },
    { service: "rides", name: "поездки.jsonl", content: large },
    { service: "rides", name: "empty.txt", content: "" },
  ]);
  expect(entries.map(({ path }) => path)).toEqual([
    ...["realty/offers.json", "realty/photo.jpg", "rides/поездки.jsonl", "rides/empty.txt"],
    ...["index.html", "manifest.json", "manifest.jws"],
  ]);
  expect(contentOf("rides/поездки.jsonl")?.equals(large)).toBe(true);
  expect(contentOf("rides/empty.txt")?.length).toBe(0);
  expect(await complaints(zip)).toEqual([]);
});

test("the manifest says of every file what it is, and of what is missing why", async () => {
  const { manifest, contentOf } = await write(
    [
      { name: "offers.json", content: "[1]" },
      { name: "../../x", content: "sneaky" },
    ],
    {
      missing: [
        { service: "rides", reason: "deadline_passed" },
        { service: "realty", reason: "filename_invalid" },
      ],
      empty: ["travel"],
    },
  );
  const page = contentOf("index.html") ?? Buffer.alloc(0);
  expect(manifest).toEqual({
    format: "takeout-archive/1",
    hub: "takeout",
    job_id: "0198c0de-0000-4000-8000-000000000001",
    created_at: "2026-05-04T12:34:56.000Z",
    files: [
      ...[
        ["offers.json", "offers.json", "[1]"] as const,
        ["../../x", ".._.._x", "sneaky"] as const,
      ].map(([name, path, content]) => ({
        path: `realty/${path}`,
        service: "realty",
        name,
        bytes: content.length,
        sha256: sha256(Buffer.from(content)),
        produced_at: "2026-05-03T08:00:00.000Z",
      })),
    ],
    pages: [{ path: "index.html", bytes: page.length, sha256: sha256(page) }],
    missing: [
      { service: "rides", reason: "deadline_passed" },
      { service: "realty", reason: "filename_invalid" },
    ],
    empty: ["travel"],
  });
});

test("whoever has the published keys can check the manifest", async () => {
  const key = newSigningKey();
  const zip = await collect(writeArchive(sampleInput([{ content: "[]" }], {}, key)));
  const entries = await readZip(zip);
  const contentOf = (path: string) => String(entries.find((entry) => entry.path === path)?.content);
  const manifest = contentOf("manifest.json");
  const signature = contentOf("manifest.jws");
  const { payload, protectedHeader } = await compactVerify(signature, createLocalJWKSet(key.jwks));
  expect(protectedHeader).toEqual({
    alg: "EdDSA",
    kid: key.privateJwk.kid,
    typ: "takeout-manifest+jws",
  });
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
    iss: "takeout",
    sub: "0198c0de-0000-4000-8000-000000000001",
    iat: createdAt.getTime() / 1000,
    manifest: {
      path: "manifest.json",
      bytes: Buffer.byteLength(manifest),
      sha256: sha256(Buffer.from(manifest)),
    },
  });
  await expect(compactVerify(signature, createLocalJWKSet(newSigningKey().jwks))).rejects.toThrow();
});

test("files of one name, in any capitals, are kept apart", async () => {
  const { entries, manifest } = await write([
    { name: "a.txt", content: "1" },
    { name: "A.TXT", content: "2" },
    { service: "Realty", name: "a.txt", content: "3" },
    { service: "index.html", name: "a.txt", content: "4" },
  ]);
  const paths = entries.slice(0, 4).map(({ path }) => path);
  expect(paths).toEqual([
    "realty/a.txt",
    "realty/A (2).TXT",
    "Realty (2)/a.txt",
    "index (2).html/a.txt",
  ]);
  expect(manifest.files.map(({ name }: { name: string }) => name)).toEqual([
    "a.txt",
    "A.TXT",
    "a.txt",
    "a.txt",
  ]);
});

const small = "hello";
const large = "x".repeat(400_000);

test.each([
  ["a small file with other bytes", small, { sha256: sha256(Buffer.from("hullo")) }],
  ["a large file with other bytes", large, { sha256: sha256(Buffer.from("hullo")) }],
  ["a small file that is longer", small, { bytes: 4 }],
  ["a large file that is longer", large, { bytes: 399_999 }],
  ["a small file that is shorter", small, { bytes: 6 }],
  ["a large file that is shorter", large, { bytes: 400_001 }],
  ["a large file with another checksum", large, { crc32: 1 }],
  [
    "a small file with other bytes and the same checksum",
    small,
    { sha256: "", crc32: crc32(small) },
  ],
])("%s than its upload was fails the archive", async (_, content, said) => {
  const key = newSigningKey();
  let isSigned = false;
  const sign = async () => {
    isSigned = true;
    return "";
  };
  const input = sampleInput(
    [{ content: "fine" }, { content, said }, { content: "fine" }],
    { sign },
    key,
  );
  await expect(collect(writeArchive(input))).rejects.toMatchObject({
    name: "ArchiveError",
    code: "content_mismatch",
  });
  expect(isSigned).toBe(false);
});

test("a file that cannot be opened fails the archive with its own error", async () => {
  const failure = new Error("the store is away");
  const open = async () => {
    throw failure;
  };
  for (const bytes of [10, 10 ** 7]) {
    const input = sampleInput([{ content: "fine" }, { content: "x", said: { open, bytes } }]);
    await expect(collect(writeArchive(input))).rejects.toBe(failure);
  }
});

test("a file that fails half-way fails the archive with its own error", async () => {
  const failure = new Error("the store went away");
  const open = async () =>
    (async function* () {
      yield randomBytes(300_000);
      throw failure;
    })();
  const input = sampleInput([{ content: "x", said: { open, bytes: 10 ** 7 } }]);
  await expect(collect(writeArchive(input))).rejects.toBe(failure);
});

test("who stops reading lets go of every file that was opened", async () => {
  const open = new Set<number>();
  const endless = (index: number) => async (signal: AbortSignal) => {
    open.add(index);
    signal.addEventListener("abort", () => open.delete(index));
    return new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(randomBytes(50_000)),
      cancel: () => void open.delete(index),
    });
  };
  const files = Array.from({ length: 20 }, (_, index) => ({
    content: "",
    said: { bytes: index === 0 ? 10 ** 9 : 200_000, open: endless(index) },
  }));
  let isEnded = false;
  const listed = async function* () {
    try {
      yield* files.map(toFile);
    } finally {
      isEnded = true;
    }
  };
  let read = 0;
  for await (const chunk of writeArchive(sampleInput([], { files: listed() }))) {
    read += chunk.byteLength;
    if (read > 400_000) break;
  }
  expect(open).toEqual(new Set());
  expect(isEnded).toBe(true);
});

test("no more files are open than the few that are prepared ahead", async () => {
  let [open, most, opened] = [0, 0, 0];
  const files = Array.from({ length: 300 }, (_, index) => ({
    name: `${index}`,
    content: "hello",
    said: {
      open: async () =>
        (async function* () {
          opened += 1;
          open += 1;
          most = Math.max(most, open);
          yield* inPieces("hel", "lo");
          open -= 1;
        })(),
    },
  }));
  const { entries } = await write(files);
  expect(entries).toHaveLength(303);
  expect(opened).toBe(300);
  expect(most).toBeLessThanOrEqual(8);
});

test("ten thousand files make one sound archive", async () => {
  const files = Array.from({ length: 10_000 }, (_, index) => ({
    name: `offer-${index}.json`,
    content: `{"id":${index}}`,
  }));
  const { zip, entries, contentOf } = await write(files);
  expect(entries).toHaveLength(10_003);
  expect(String(contentOf("realty/offer-9999.json"))).toBe('{"id":9999}');
  expect(contentOf("index.html")?.length).toBeLessThan(200_000);
  expect(await complaints(zip)).toEqual([]);
});

test("more files than an archive can list are refused", async () => {
  const file = toFile({ content: "" });
  const input = sampleInput([], { files: each(Array.from({ length: 50_001 }, () => file)) });
  await expect(collect(writeArchive(input))).rejects.toMatchObject({ code: "too_many_files" });
});

test("an archive of nothing says what is missing", async () => {
  const missing = [{ service: "rides", reason: "deadline_passed" }];
  const { entries, contentOf } = await write([], { missing });
  expect(entries).toHaveLength(3);
  expect(String(contentOf("index.html"))).toContain(
    "<strong>rides</strong> did not answer in time",
  );
});
