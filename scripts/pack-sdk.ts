// npm run pack:sdk: the SDK as the package that a stranger installs, takeout-sdk-<version>.tgz, and the one that makes
// services with it, create-takeout-service-<version>.tgz. Prints where they are, and what npm said only if it failed.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { destination: { type: "string" } } });
const destination = resolve(values.destination ?? ".");
mkdirSync(destination, { recursive: true });
// There npm is a script of the shell, which takes a folder's name apart at its blanks.
const isWindows = process.platform === "win32";

function pack(part: string): boolean {
  const cwd = resolve(import.meta.dirname, "..", part);
  const packed = spawnSync(
    "npm",
    ["pack", "--pack-destination", isWindows ? `"${destination}"` : destination],
    { cwd, encoding: "utf8", shell: isWindows },
  );
  if (packed.status !== 0) {
    console.error(packed.error ?? `${packed.stdout}${packed.stderr}`);
    return false;
  }
  const { name, version } = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"));
  console.log(join(destination, `${name}-${version}.tgz`));
  return true;
}

process.exitCode = pack("sdk") && pack("sdk/create") ? 0 : 1;
