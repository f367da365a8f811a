import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";

/** Every file of a service is written here first, and this folder goes last: while it is there, the service is not made. */
export const unfinished = ".unfinished";

/** What a new folder may hold: a repository without files. */
export const harmless: ReadonlySet<string> = new Set([".git", ".DS_Store"]);

/**
 * Removes what a creation that was broken off has left in the folder: what is beside the unfinished
 * files has to be the beginning of them. One thing that is not, and everything stays as it is.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const staged = join(folder, unfinished);
  const made = await readdir(staged).catch(() => undefined);
  if (!made) return;
  const beside = (await readdir(folder)).filter(
    (name) => !harmless.has(name) && name !== unfinished,
  );
  if (!beside.every((name) => made.includes(name))) return;
  for (const name of beside) if (!(await isBegun(join(folder, name), join(staged, name)))) return;
  // The unfinished ones last: a repeat that is broken off too has to be told from a service.
  for (const name of [...beside, unfinished]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether a file, or each file of a folder, is the other one as far as it was written. */
async function isBegun(path: string, staged: string): Promise<boolean> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (!entries) return await isBeginning(path, staged);
  for (const entry of entries.filter((one) => !one.isDirectory())) {
    const file = join(entry.parentPath, entry.name);
    if (!(await isBeginning(file, join(staged, relative(path, file))))) return false;
  }
  return true;
}

async function isBeginning(file: string, staged: string): Promise<boolean> {
  try {
    const [text = "", whole = ""] = await Promise.all(
      [file, staged].map((path) => readFile(path, "utf8")),
    );
    return whole.startsWith(text);
  } catch {
    return false;
  }
}
