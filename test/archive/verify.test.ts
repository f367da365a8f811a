import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompactSign, importJWK } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Verification, verifyArchive } from "../../src/archive/verify/verify-archive.ts";
import { writeArchive } from "../../src/archive/write-archive.ts";
import { pack, writeZip } from "../../src/archive/zip/write-zip.ts";
import { collect } from "../blobs/bodies.ts";
import { readZip } from "./read-zip.ts";
import { createdAt, newSigningKey, sampleInput } from "./samples.ts";

const key = newSigningKey();
const { keys } = key.jwks;
let folder: string;
let sound: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout-verify-"));
  const files = [
    { name: "offers.json", content: '[{"id":1}]' },
    { name: "фото.jpg", content: randomBytes(700_000) },
    { service: "rides", name: "rides.jsonl", content: '{"id":1}\n'.repeat(100_000) },
    { service: "rides", name: "empty.txt", content: "" },
  ];
  const missing = [{ service: "payments", reason: "deadline_passed" }];
  sound = await collect(writeArchive(sampleInput(files, { missing }, key)));
});
afterAll(() => rm(folder, { recursive: true }));

async function check(zip: Buffer, believed: typeof keys | null = keys): Promise<Verification> {
  const path = join(folder, "archive.zip");
  await writeFile(path, zip);
  return verifyArchive(path, believed);
}

type Contents = Map<string, Buffer>;

/** The sound archive after somebody was at it. */
async function spoil(change: (contents: Contents) => void | Promise<void>): Promise<Buffer> {
  const contents: Contents = new Map();
  for (const { path, content } of await readZip(sound)) contents.set(path, content);
  await change(contents);
  return zipOf([...contents]);
}

function zipOf(contents: readonly (readonly [string, Buffer])[]): Promise<Buffer> {
  const entries = async function* () {
    for (const [path, content] of contents) {
      const packed = content.length < 200_000 ? await pack(content) : null;
      const chunks = ReadableStream.from([content]);
      const streamed = { kind: "streamed", chunks, bytes: content.length } as const;
      yield { path, modifiedAt: createdAt, content: packed ?? streamed };
    }
  };
  return collect(writeZip(entries()));
}

test("an archive as it was made has no problem and a good signature", async () => {
  const { problems, signature, manifest } = await check(sound);
  expect(problems).toEqual([]);
  expect(signature).toEqual({ kind: "good", hub: "takeout", kid: key.privateJwk.kid });
  expect(manifest?.files.map(({ path }) => path)).toEqual([
    ...["realty/offers.json", "realty/фото.jpg", "rides/rides.jsonl", "rides/empty.txt"],
    "index.html",
  ]);
  expect(manifest?.missing).toEqual([{ service: "payments", reason: "deadline_passed" }]);
});

test("what was only packed anew is still sound", async () => {
  const { problems, signature } = await check(await spoil(() => {}));
  expect([problems, signature.kind]).toEqual([[], "good"]);
});

test.each<[string, (contents: Contents) => void, string, string]>([
  [
    "a file with other bytes",
    (contents) => contents.set("realty/offers.json", Buffer.from('[{"id":2}]')),
    ...(["realty/offers.json", "was changed: its SHA-256 is another"] as const),
  ],
  [
    "a file of another length",
    (contents) => contents.set("realty/offers.json", Buffer.from("[]")),
    ...(["realty/offers.json", "has 2 bytes instead of 10"] as const),
  ],
  [
    "a page with other words",
    (contents) => {
      const page = contents.get("index.html") ?? Buffer.alloc(0);
      contents.set("index.html", Buffer.from(String(page).replace("Your data", "Our data!")));
    },
    ...(["index.html", "was changed: its SHA-256 is another"] as const),
  ],
  [
    "a file that was taken out",
    (contents) => contents.delete("rides/empty.txt"),
    ...(["rides/empty.txt", "is missing"] as const),
  ],
  [
    "a file that was put in",
    (contents) => contents.set("realty/invoice.exe", Buffer.from("MZ")),
    ...(["realty/invoice.exe", "is not in the manifest"] as const),
  ],
])("%s is found, and nothing else is", async (_, change, path, what) => {
  const { problems, signature } = await check(await spoil(change));
  expect(problems).toEqual([{ path, what }]);
  expect(signature.kind).toBe("good");
});

test("a manifest that was changed along with a file has no good signature", async () => {
  const zip = await spoil((contents) => {
    const manifest = String(contents.get("manifest.json"));
    contents.set("manifest.json", Buffer.from(manifest.replace("deadline_passed", "nobody_home")));
  });
  const { problems, signature } = await check(zip);
  expect(problems).toEqual([]);
  expect(signature).toEqual({ kind: "bad", why: "it was made for another manifest" });
});

test("a signature by a stranger, of another kind, unreadable or missing is bad", async () => {
  const sign = async (typ: string, privateJwk = key.privateJwk) =>
    new CompactSign(Buffer.from("{}"))
      .setProtectedHeader({ alg: "EdDSA", kid: privateJwk.kid, typ })
      .sign(await importJWK(privateJwk, "EdDSA"));
  const withSignature = async (jws: string | null) => {
    const zip = await spoil((contents) => {
      if (jws === null) contents.delete("manifest.jws");
      else contents.set("manifest.jws", Buffer.from(jws));
    });
    return (await check(zip)).signature;
  };
  const stranger = { ...newSigningKey().privateJwk };
  const bad = (why: string) => ({ kind: "bad", why });
  expect((await check(sound, newSigningKey().jwks.keys)).signature).toEqual(
    bad("its key is none of those that were given"),
  );
  const forged = await sign("takeout-manifest+jws", { ...stranger, kid: key.privateJwk.kid });
  expect(await withSignature(forged)).toEqual(bad("it was not made with the key it names"));
  expect(await withSignature(await sign("service-ticket+jwt"))).toEqual(
    bad("it is no signature of a manifest"),
  );
  expect(await withSignature(await sign("takeout-manifest+jws"))).toEqual(
    bad("it was made for another manifest"),
  );
  expect(await withSignature("nonsense")).toEqual(bad("it cannot be read"));
  expect(await withSignature(null)).toEqual(bad("manifest.jws is not there, or cannot be read"));
});

test("without keys the files are checked all the same, the signature is not", async () => {
  expect(await check(sound, null)).toMatchObject({
    problems: [],
    signature: { kind: "not_checked" },
  });
});

test.each([
  ["", "is not there, or cannot be read"],
  ["{", "is no JSON object"],
  ['{"format":"other/9"}', "is not of the format takeout-archive/1"],
  ['{"format":"takeout-archive/1"}', "does not say whose it is"],
  [
    '{"format":"takeout-archive/1","hub":"h","job_id":"j","created_at":"c","files":[{"path":"x"}],"pages":[],"missing":[]}',
    "does not say of each file where it is, how large, and its SHA-256",
  ],
])("a manifest that says %j cannot be held against anything", async (manifest, what) => {
  const zip = await spoil((contents) => {
    if (manifest === "") contents.delete("manifest.json");
    else contents.set("manifest.json", Buffer.from(manifest));
  });
  expect(await check(zip)).toMatchObject({
    problems: [{ path: "manifest.json", what }],
    manifest: null,
  });
});

test("entries that are there twice, or would be unpacked elsewhere, are found", async () => {
  const contents = (await readZip(sound)).map(({ path, content }) => [path, content] as const);
  const x = Buffer.from("x");
  const zip = await zipOf([
    ...contents,
    ["../x", x],
    ["C:\\x", x],
    ["/x", x],
    ["rides/empty.txt", Buffer.alloc(0)],
  ]);
  const { problems } = await check(zip);
  const elsewhere = "would be unpacked elsewhere";
  expect(problems).toEqual([
    ...["../x", "C:\\x", "/x"].map((path) => ({ path, what: elsewhere })),
    { path: "rides/empty.txt", what: "is there twice" },
    ...["../x", "C:\\x", "/x"].map((path) => ({ path, what: "is not in the manifest" })),
  ]);
});

test("a name that differs between the content and the directory is found", async () => {
  const zip = Buffer.from(sound);
  const at = zip.indexOf("realty/offers.json");
  zip.write("realty/0ffers.json", at);
  const { problems } = await check(zip);
  expect(problems).toEqual([{ path: "realty/offers.json", what: "has two names" }]);
});

test("whichever byte of a content is flipped, it is found", async () => {
  const places = Array.from({ length: 40 }, (_, index) => Math.floor((index * 690_000) / 40));
  const start = sound.indexOf("фото.jpg") + 100;
  for (const place of places) {
    const zip = Buffer.from(sound);
    zip[start + place] = (zip[start + place] ?? 0) ^ 1;
    const { problems } = await check(zip);
    expect(problems).toMatchObject([{ path: "realty/фото.jpg" }]);
  }
});

test("what is no archive, cut short or not there is unreadable", async () => {
  const unreadable = { name: "UnreadableArchiveError" };
  await expect(check(Buffer.from("hello"))).rejects.toMatchObject(unreadable);
  await expect(check(sound.subarray(0, -1000))).rejects.toMatchObject(unreadable);
  await expect(verifyArchive(join(folder, "none.zip"), keys)).rejects.toMatchObject(unreadable);
  await expect(verifyArchive(folder, keys)).rejects.toMatchObject(unreadable);
});
