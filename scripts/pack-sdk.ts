// npm run pack:sdk: the SDK as the package that a stranger installs, takeout-sdk-<version>.tgz.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { destination: { type: "string" } } });
const packed = spawnSync(
  process.platform === "win32" ? "npm.cmd" : "npm",
  ["pack", "--workspace", "takeout-sdk", "--pack-destination", resolve(values.destination ?? ".")],
  { cwd: resolve(import.meta.dirname, ".."), stdio: "inherit" },
);
process.exitCode = packed.status ?? 1;
