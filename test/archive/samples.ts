import { generateKeyPairSync } from "node:crypto";
import { createStatementSigner } from "../../src/archive/sign-statement.ts";
import type { ArchivedFile, ArchiveInput } from "../../src/archive/write-archive.ts";
import { readPrivateJwk } from "../../src/config/jwk.ts";
import { sha256 } from "../blobs/bodies.ts";

export const createdAt = new Date("2026-05-04T12:34:56.000Z");
const producedAt = new Date("2026-05-03T08:00:00.000Z");

export function newSigningKey() {
  const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const read = readPrivateJwk(jwk);
  if (read.kind === "fault") throw new Error(read.message);
  const { d: _, ...publicJwk } = read.value;
  return { privateJwk: read.value, jwks: { keys: [publicJwk] } };
}

export interface SampleFile {
  readonly service?: string;
  readonly name?: string;
  readonly content: Buffer | string;
  /** Part of what is said of it. */
  readonly said?: Partial<ArchivedFile>;
}

export function toFile({
  service = "realty",
  name = "offers.json",
  content,
  said,
}: SampleFile): ArchivedFile {
  const bytes = Buffer.from(content);
  return {
    ...{ service, name, producedAt },
    ...{ bytes: bytes.length, sha256: sha256(bytes) },
    open: async () => ReadableStream.from([bytes]),
    ...said,
  };
}

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** An archive's input, as an export of three services would have it. */
export function sampleInput(
  files: readonly SampleFile[],
  more: Partial<ArchiveInput> = {},
  key = newSigningKey(),
): ArchiveInput {
  return {
    ...{ hub: "takeout", jobId: "0198c0de-0000-4000-8000-000000000001", createdAt },
    ...{ missing: [], empty: [] },
    files: each(files.map(toFile)),
    sign: createStatementSigner(key.privateJwk),
    ...more,
  };
}
