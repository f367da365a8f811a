import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { createFsBlobStore } from "../../src/blobs/fs-blob-store.ts";
import { createS3BlobStore } from "../../src/blobs/s3-blob-store.ts";
import type { S3Options } from "../../src/blobs/s3-bucket.ts";
import { startS3Server } from "./s3-server.ts";

/** A store of one driver, and what only its maker can look at. */
export interface TriedStore extends AsyncDisposable {
  readonly store: BlobStore;
  /** How many uploads nobody finished. */
  unfinished(): Promise<number>;
}

/** Every driver, by name. */
export const drivers: Readonly<Record<string, () => Promise<TriedStore>>> = {
  fs: openFs,
  s3: openS3,
};

async function openFs(): Promise<TriedStore> {
  const root = await mkdtemp(join(tmpdir(), "takeout-blobs-"));
  const store = createFsBlobStore(root);
  return {
    store,
    unfinished: async () => (await readdir(join(root, "incoming"))).length,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    },
  };
}

async function openS3(): Promise<TriedStore> {
  const server = await startS3Server();
  const store = createS3BlobStore(s3Options(server));
  return {
    store,
    unfinished: async () => server.uploads.size,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** How a store finds a server of a test. */
export function s3Options({ endpoint, bucket }: { endpoint: string; bucket: string }): S3Options {
  return { endpoint, bucket, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
}
