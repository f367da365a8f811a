import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Entry, fromBufferPromise } from "yauzl";

export interface ReadEntry {
  readonly path: string;
  readonly content: Buffer;
  readonly entry: Entry;
}

/** What an independent reader finds in a ZIP. */
export async function readZip(zip: Buffer): Promise<ReadEntry[]> {
  const file = await fromBufferPromise(zip, { strictFileNames: true });
  const entries: ReadEntry[] = [];
  for await (const entry of file.eachEntry()) {
    const content = await buffer(await file.openReadStreamPromise(entry));
    entries.push({ path: entry.fileName, content, entry });
  }
  return entries;
}

/** Readers that this machine has; each ends with 0 for a ZIP it finds sound. */
const readers: readonly (readonly [string, readonly string[]])[] = [
  ["unzip", ["-tqq"]],
  [
    "python3",
    ["-c", "import sys,zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)"],
  ],
  ["bsdtar", ["-xOf"]],
];

/** What the machine's own readers have to say against a ZIP. */
export async function complaints(zip: Buffer): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "takeout-zip-"));
  try {
    const path = join(folder, "archive.zip");
    await writeFile(path, zip);
    return readers.flatMap(([command, args]) => {
      const run = spawnSync(command, [...args, path], { encoding: "utf8", maxBuffer: 2 ** 30 });
      const isAbsent = (run.error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
      return isAbsent || run.status === 0 ? [] : [`${command}: ${run.stdout}${run.stderr}`];
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
