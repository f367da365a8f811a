import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Answers } from "./answers.ts";
import { createKey } from "./keys.ts";
import { harmless, removeLeftovers, unfinished } from "./leftovers.ts";
import { packageJson } from "./package-json.ts";
import { readTemplates } from "./templates.ts";

/** The folder cannot take the service. */
export class FolderError extends Error {
  override name = "FolderError";
}

/**
 * Writes a service into a folder, which is made if it is not there; what an earlier attempt left there
 * is removed, if it was broken off. Gives the paths of its files.
 * @throws FolderError when the folder holds something, or is a file. Nothing is written then.
 */
export async function createService(folder: string, answers: Answers): Promise<string[]> {
  await removeLeftovers(folder);
  await expectEmpty(folder);
  const files = await readTemplates(answers);
  files.set("package.json", packageJson(answers));
  const own = addKey(files, `keys/${answers.name}.jwks.json`, ".env.example");
  files.set(".env", own.replace(/^# Copy .*\n/m, "# The service's own: it is not committed.\n"));
  files.set(".env.test", addKey(files, "test/jwks.json", ".env.test"));
  for (const place of [join(folder, unfinished), folder]) {
    for (const [path, text] of files) await write(join(place, path), text);
  }
  await rm(join(folder, unfinished), { recursive: true });
  return [...files.keys()].sort();
}

async function expectEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new FolderError(`${folder}: it is a file`);
    throw error;
  });
  const first = found.find((name) => !harmless.has(name));
  if (first !== undefined) {
    throw new FolderError(`${folder}: the folder is not empty, it holds ${first}`);
  }
}

/** Puts the public half beside, and gives the settings with the private one. */
function addKey(files: Map<string, string>, file: string, settings: string): string {
  const { privateKey, publicKeys } = createKey();
  files.set(file, `${JSON.stringify(publicKeys, null, 2)}\n`);
  const line = `TAKEOUT_SERVICE_KEY='${JSON.stringify(privateKey)}'`;
  return (files.get(settings) ?? "").replace(/^TAKEOUT_SERVICE_KEY=$/m, () => line);
}

/** Never over a file that came in the meantime. */
async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { flag: "wx", mode: file.endsWith(".env") ? 0o600 : 0o644 });
}
