// npm run pack:sdk: the SDK as the package that a stranger installs, takeout-sdk-<version>.tgz, and the one that makes
// services with it, create-takeout-service-<version>.tgz.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { destination: { type: "string" } } });
const destination = resolve(values.destination ?? ".");
mkdirSync(destination, { recursive: true });

function pack(folder: string): boolean {
  const packed = spawnSync(
    process.platform === "win32" ? "npm.cmd" : "npm",
    ["pack", "--pack-destination", destination],
    { cwd: resolve(import.meta.dirname, "..", folder), stdio: "inherit" },
  );
  return packed.status === 0;
}

process.exitCode = pack("sdk") && pack("sdk/create") ? 0 : 1;
