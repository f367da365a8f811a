import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

/** As on a stranger's machine: nothing of the workspace, its Node and its conditions. */
export const strangersEnv: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST)/i.test(name)),
  ),
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
};

/**
 * Packs the SDK into a folder and gives the tarball's path. Built from a copy: what is built beside the
 * sources would be built over by another test.
 */
export async function packSdk(destination: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "takeout sdk sources "));
  try {
    for (const name of ["sdk", "generated", "api", "tsconfig.json"]) {
      const isSource = (path: string) => !/[\\/](dist|node_modules)$/.test(path);
      await cp(join(root, name), join(copy, name), { recursive: true, filter: isSource });
    }
    await writeFile(join(copy, "package.json"), '{ "type": "module" }');
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    const pack = ["pack", "--json", "--silent", "--pack-destination", destination];
    const { stdout } = await run("npm", pack, { cwd: join(copy, "sdk") });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
    return join(destination, packed.filename);
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** Puts the packed SDK where an install would have put it, beside packages of the workspace. */
export async function installPacked(
  tarball: string,
  folder: string,
  packages: readonly string[],
): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "takeout-sdk"), { recursive: true });
  const unpack = ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "takeout-sdk")];
  await run("tar", unpack);
  for (const name of packages) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
}
