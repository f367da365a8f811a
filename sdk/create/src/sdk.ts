import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./answers.ts";

const ownPackage = join(import.meta.dirname, "..");

/** The version of this package, which is that of the SDK that its services are made for. */
export async function ownVersion(): Promise<string> {
  return JSON.parse(await readFile(join(ownPackage, "package.json"), "utf8")).version;
}

/**
 * The packed SDK that a service is to be installed with: the one that was given, else the one that lies beside the file
 * that this package was installed from, as `npm run pack:sdk` leaves them, or in the current folder.
 * `undefined`: none is there, it comes from the registry.
 * @throws UsageError when what was given is no packed package.
 */
export async function findSdk(given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return await checkSdk(given);
  const name = `takeout-sdk-${await ownVersion()}.tgz`;
  for (const folder of [await folderOfOwnFile(), "."]) {
    if (folder !== undefined && (await isFile(join(folder, name)))) return resolve(folder, name);
  }
  return undefined;
}

async function checkSdk(path: string): Promise<string> {
  if (/\.(tgz|tar\.gz)$/.test(path) && (await isFile(path))) return resolve(path);
  throw new UsageError(`--sdk ${path}: give the file of a packed takeout-sdk, takeout-sdk-*.tgz`);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** npm notes beside what it installed where it came from; others do not, and from the registry it was no file. */
async function folderOfOwnFile(): Promise<string | undefined> {
  const modules = dirname(ownPackage);
  try {
    const { packages } = JSON.parse(await readFile(join(modules, ".package-lock.json"), "utf8"));
    const { resolved } = packages["node_modules/create-takeout-service"];
    const [, file] = /^file:(.*)$/s.exec(resolved) ?? [];
    return file && dirname(resolve(modules, "..", file));
  } catch {
    return undefined;
  }
}
