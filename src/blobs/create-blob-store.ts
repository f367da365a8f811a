import type { BlobsConfig } from "../config/types.ts";
import type { BlobStore } from "./blob-store.ts";
import { createFsBlobStore } from "./fs-blob-store.ts";

/** The store that the configuration names. Nothing is touched, and no client of S3 is loaded, before its first use. */
export function createBlobStore(config: BlobsConfig): BlobStore {
  if (config.driver === "fs") return createFsBlobStore(config.path);
  return openOnUse(async () => {
    const { createS3BlobStore } = await import("./s3-blob-store.ts");
    return createS3BlobStore(config);
  });
}

function openOnUse(open: () => Promise<BlobStore>): BlobStore {
  let opened: Promise<BlobStore> | undefined;
  const store = () => {
    opened ??= open();
    return opened;
  };
  return {
    put: async (...args) => (await store()).put(...args),
    get: async (...args) => (await store()).get(...args),
    head: async (key) => (await store()).head(key),
    remove: async (keys) => (await store()).remove(keys),
    async *list(...args) {
      yield* (await store()).list(...args);
    },
    abortOrphans: async (olderThan) => (await store()).abortOrphans(olderThan),
    async [Symbol.asyncDispose]() {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
}
