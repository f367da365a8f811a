// Builds what is packed: JavaScript with declarations, and the contract. With --clean it only removes that.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
if (!process.argv.includes("--clean")) build();

function build() {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const built = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
    stdio: "inherit",
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
  chmodSync(join(dist, "sdk", "src", "conformance", "main.js"), 0o755);
  // Services of other languages are generated from it.
  mkdirSync(join(dist, "openapi"));
  for (const name of ["connected-service", "hub", "identity", "portal-storage", "common"]) {
    copyFileSync(join(root, "..", "api", `${name}.yaml`), join(dist, "openapi", `${name}.yaml`));
  }
}
