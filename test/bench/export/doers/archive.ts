import { generateKeyPairSync } from "node:crypto";
import { createStatementSigner } from "../../../../src/archive/sign-statement.ts";
import { writeArchive } from "../../../../src/archive/write-archive.ts";
import { newBlobKey } from "../../../../src/blobs/blob-key.ts";
import type { BlobStore } from "../../../../src/blobs/blob-store.ts";
import { createBlobStore } from "../../../../src/blobs/create-blob-store.ts";
import type { KeptFile, Tasks } from "../tasks.ts";

const maxBytes = 64 * 2 ** 30;
const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const sign = createStatementSigner({ ...jwk, alg: "EdDSA", kid: "bench" });

export async function archive({ place, files }: Tasks["archive"]["in"]) {
  await using store = createBlobStore(place);
  return archiveInto(store, files);
}

async function archiveInto(store: BlobStore, files: readonly KeptFile[]) {
  const key = newBlobKey("archives");
  const chunks = writeArchive({
    ...{ hub: "takeout", jobId: "bench", createdAt: new Date(), missing: [], empty: [] },
    ...{ files: listFiles(store, files), sign },
  });
  const { bytes } = await store.put(key, chunks, { maxBytes, hasCrc32: false });
  return { key, bytes };
}

async function* listFiles(store: BlobStore, files: readonly KeptFile[]) {
  for (const { key, ...file } of files) {
    yield {
      ...{ ...file, producedAt: new Date() },
      async open(signal: AbortSignal) {
        const found = await store.get(key, undefined, signal);
        if (found === null) throw new Error("a blob is gone");
        return found.body;
      },
    };
  }
}
