import { mkdir, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { Answers } from "./answers.ts";
import { common } from "./frameworks.ts";
import { createKey } from "./keys.ts";
import { harmless, removeLeftovers, unfinished } from "./leftovers.ts";
import { packageJson } from "./package-json.ts";
import { readTemplates } from "./templates.ts";

/** The folder cannot take the service. */
export class FolderError extends Error {
  override name = "FolderError";
}

/** A service that was written. */
export interface Created {
  /** The paths of its files. */
  files: string[];
  /** The packed SDK that it is installed with, as seen from its folder; without one it is the registry's. */
  sdk?: string;
}

/**
 * Writes a service into a folder, which is made if it is not there; what an earlier attempt left there
 * is removed, if it was broken off.
 * @param sdkFile - the packed SDK that it shall be installed with, instead of the registry's.
 * @throws FolderError when the folder holds something, or is a file. Nothing is written then.
 */
export async function createService(
  folder: string,
  answers: Answers,
  sdkFile?: string,
): Promise<Created> {
  await removeLeftovers(folder);
  await expectEmpty(folder);
  const sdk = sdkFile === undefined ? undefined : await pathFrom(folder, sdkFile);
  const files = await readTemplates(answers, sdk);
  const version = sdk === undefined ? common.dependencies["takeout-sdk"] : `file:${sdk}`;
  files.set("package.json", packageJson(answers, version));
  const own = addKey(files, `keys/${answers.name}.jwks.json`, ".env.example");
  files.set(".env", own.replace(/^# Copy .*\n/m, "# The service's own: it is not committed.\n"));
  files.set(".env.test", addKey(files, "test/jwks.json", ".env.test"));
  for (const place of [join(folder, unfinished), folder]) {
    for (const [path, text] of files) await write(join(place, path), text);
  }
  await rm(join(folder, unfinished), { recursive: true });
  return { files: [...files.keys()].sort(), ...(sdk !== undefined && { sdk }) };
}

/** Both without links: npm goes up from where the folder really is. */
async function pathFrom(folder: string, file: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const [from, to] = [await realpath(folder), await realpath(file)];
  return relative(from, to).split(sep).join("/");
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
