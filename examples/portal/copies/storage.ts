import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A file of a copy that the hub has pushed here. */
export interface StoredFile {
  readonly service: string;
  readonly name: string;
  readonly bytes: number;
  /** Names the file in addresses and on the disk: no name from outside gets there. */
  readonly id: string;
}

/** Where the portal keeps copies of its users (`api/portal-storage.yaml`). Each step may be repeated. */
export interface CopyStorage {
  /** Keeps a file whole or not at all. @returns `false`: the bytes are not those that were promised. */
  keep(jobId: string, file: IncomingFile): Promise<boolean>;
  /** All files are there. */
  finish(jobId: string, body: unknown): Promise<void>;
  /** The user is told: the page shows the files from now on. */
  notify(jobId: string): Promise<void>;
  /** What may be shown of a copy; `null`: nothing was pushed here, or not all of it yet. */
  list(jobId: string): Promise<readonly StoredFile[] | null>;
  read(jobId: string, id: string): Promise<{ file: StoredFile; body: ReadableStream } | null>;
}

export interface IncomingFile {
  readonly service: string;
  readonly name: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly body: AsyncIterable<Uint8Array>;
}

export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** Contract 8. */
export const mostBytes = 5 * 1024 ** 3;
const idPattern = /^[0-9a-f]{64}$/;

/** Job ids are checked by the door, so they may name folders. */
export function createStorage(folder: string): CopyStorage {
  const folderOf = (jobId: string) => join(folder, "copies", jobId);
  const bytesOf = (jobId: string, id: string) => join(folderOf(jobId), `${id}.data`);
  const noteOf = (jobId: string, id: string) => join(folderOf(jobId), `${id}.json`);
  return {
    async keep(jobId, { service, name, sha256, body }) {
      await mkdir(folderOf(jobId), { recursive: true });
      const aside = join(folderOf(jobId), `${randomUUID()}.part`);
      try {
        const written = await write(aside, body);
        if (written.sha256 !== sha256) return false;
        const id = createHash("sha256").update(`${service}/${name}`).digest("hex");
        await rename(aside, bytesOf(jobId, id));
        const note: StoredFile = { service, name, bytes: written.bytes, id };
        await writeFile(noteOf(jobId, id), JSON.stringify(note), { flush: true });
        return true;
      } finally {
        await rm(aside, { force: true });
      }
    },
    async finish(jobId, body) {
      await mkdir(folderOf(jobId), { recursive: true });
      await writeFile(join(folderOf(jobId), "done"), JSON.stringify(body), { flush: true });
    },
    async notify(jobId) {
      await mkdir(folderOf(jobId), { recursive: true });
      await writeFile(join(folderOf(jobId), "notified"), "", { flush: true });
    },
    async list(jobId) {
      const names = await readdir(folderOf(jobId)).catch((): string[] => []);
      if (!names.includes("notified")) return null;
      const notes = names.filter((name) => name.endsWith(".json"));
      const files = await Promise.all(
        notes.map(async (name) => JSON.parse(await readFile(join(folderOf(jobId), name), "utf8"))),
      );
      return (files as StoredFile[]).sort((a, b) =>
        `${a.service}/${a.name}`.localeCompare(`${b.service}/${b.name}`, "en"),
      );
    },
    async read(jobId, id) {
      if (!idPattern.test(id)) return null;
      const note = await readFile(noteOf(jobId, id), "utf8").catch(() => null);
      const isThere = await stat(bytesOf(jobId, id)).catch(() => null);
      if (note === null || isThere === null) return null;
      const body = ReadableStream.from(createReadStream(bytesOf(jobId, id)));
      return { file: JSON.parse(note), body };
    },
  };
}

/** To the disk, for sure: the hub does not push again what it was told is kept. */
async function write(path: string, body: AsyncIterable<Uint8Array>) {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(path, "w");
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) throw new TooLargeError();
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}
