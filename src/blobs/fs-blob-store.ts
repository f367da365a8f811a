import { mkdir, readdir, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isBlobKey, requireKey, requireKind } from "./blob-key.ts";
import type { BlobStore, ListOptions } from "./blob-store.ts";
import { isMissing, toBlobError } from "./fs-errors.ts";
import { openFile } from "./fs-read.ts";
import { writeFile } from "./fs-write.ts";

const mostOrphans = 10_000;

/**
 * Keeps objects as files: `objects/KIND/SHARD/ID`, and in `incoming` what is still being written.
 *
 * @param root - an absolute path, made when it is first needed; all of it must lie on one file system.
 */
export function createFsBlobStore(root: string): BlobStore {
  const objects = join(root, "objects");
  const incoming = join(root, "incoming");
  const prepare = once(async () => {
    for (const folder of [objects, incoming]) await mkdir(folder, { recursive: true, mode: 0o700 });
  });
  const pathOf = (key: string): string => {
    const [kind = "", id = ""] = requireKey(key).split("/");
    return join(objects, kind, id.slice(0, 2), id);
  };
  /** Everything may be gone, as of a disk that is not mounted: that is no empty store. */
  const requireStore = async (): Promise<void> => {
    try {
      await prepare();
      await stat(objects);
    } catch (error) {
      throw toBlobError(error);
    }
  };
  /** What a file that is not there makes of it: null. */
  const orNull = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (!isMissing(error)) throw toBlobError(error);
      await requireStore();
      return null;
    }
  };

  return {
    async put(key, body, options) {
      const target = pathOf(key);
      await requireStore();
      return writeFile({ incoming, target, body, options });
    },
    get: (key, range, signal) => orNull(() => openFile(pathOf(key), range, signal)),
    head: (key) => orNull(async () => ({ bytes: (await stat(pathOf(key))).size })),
    async remove(keys) {
      for (const path of keys.map(pathOf)) await orNull(() => unlink(path));
    },
    async *list(kind, options) {
      const folder = join(objects, requireKind(kind));
      await requireStore();
      yield* listKind(folder, kind, options);
    },
    async abortOrphans(olderThan) {
      await requireStore();
      return removeOld(incoming, olderThan);
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function* listKind(
  folder: string,
  kind: string,
  { olderThan, limit, after = "" }: ListOptions,
): AsyncGenerator<string> {
  let left = limit;
  const [, afterId = ""] = after.split("/");
  for (const shard of await namesIn(folder)) {
    if (shard < afterId.slice(0, 2)) continue;
    for (const id of await namesIn(join(folder, shard))) {
      const key = `${kind}/${id}`;
      if (left === 0) return;
      if (!isBlobKey(key) || key <= after) continue;
      if (!(await isOlder(join(folder, shard, id), olderThan))) continue;
      left -= 1;
      yield key;
    }
  }
}

async function removeOld(folder: string, olderThan: Date): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (removed === mostOrphans || !(await isOlder(path, olderThan))) continue;
    await rm(path, { force: true }).catch((error) => Promise.reject(toBlobError(error)));
    removed += 1;
  }
  return removed;
}

/** In order; a folder that is not there is empty. One shard holds the 256th part of what there is. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw toBlobError(error);
  }
}

async function isOlder(path: string, moment: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < moment;
  } catch (error) {
    if (isMissing(error)) return false;
    throw toBlobError(error);
  }
}

/** Runs until it succeeds once. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}
