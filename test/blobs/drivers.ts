import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { createFsBlobStore } from "../../src/blobs/fs-blob-store.ts";

/** A store of one driver, and what only its maker can look at. */
export interface TriedStore extends AsyncDisposable {
  readonly store: BlobStore;
  /** How many uploads nobody finished. */
  unfinished(): Promise<number>;
}

/** Every driver, by name. */
export const drivers: Readonly<Record<string, () => Promise<TriedStore>>> = { fs: openFs };

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
