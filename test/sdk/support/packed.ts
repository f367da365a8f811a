import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
export const root = join(import.meta.dirname, "..", "..", "..");

const foldersOfPath = (process.env.PATH ?? "").split(delimiter);

/** As on a stranger's machine: nothing of the workspace and its conditions, and the machine's own Node. */
export const bareEnv: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST)/i.test(name)),
  ),
  PATH: foldersOfPath.filter((folder) => !folder.includes("node_modules")).join(delimiter),
};

/** The same, with the Node that runs this. */
export const strangersEnv: NodeJS.ProcessEnv = {
  ...bareEnv,
  PATH: [dirname(process.execPath), bareEnv.PATH].join(delimiter),
};

/** Runs a command as a stranger would. Rejects with all it printed when it fails. */
export async function runAsStranger(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  const env = { ...strangersEnv, ...options.env };
  const limits = { maxBuffer: 64 * 1024 * 1024, timeout: 300_000 };
  try {
    const { stdout } = await execute(command, args, { ...options, env, ...limits });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

const needed = ["sdk", "api", "generated", "scripts", "tsconfig.json", "package.json"];

/** Copies what packing needs of the repository: what packs in one place at the same time would build over each other. */
export async function copyRepository(copy: string): Promise<void> {
  await mkdir(copy);
  for (const name of needed) {
    const filter = (path: string) =>
      !/(^|\/)(node_modules|dist)(\/|$)/.test(path.slice(root.length));
    await cp(join(root, name), join(copy, name), { recursive: true, filter });
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
}

/**
 * Packs the package in a folder of the repository, into `destination`; gives the file's name. It is built in a copy.
 */
export async function pack(part: "sdk" | "sdk/create", destination: string): Promise<string> {
  const copy = join(destination, `source of ${part.replace("/", " ")}`);
  try {
    await copyRepository(copy);
    const args = ["pack", "--silent", "--pack-destination", destination];
    await runAsStranger("npm", args, { cwd: join(copy, part) });
    const { name, version } = JSON.parse(await readFile(join(copy, part, "package.json"), "utf8"));
    return join(destination, `${name}-${version}.tgz`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** Unpacks a packed package into a folder. */
export async function unpack(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const args = ["-xzf", file, "-C", folder, "--strip-components", "1"];
  await runAsStranger("tar", args, { cwd: folder });
}
