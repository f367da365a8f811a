// Builds what is packed: JavaScript with declarations, and the contract. With --clean it only removes that.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
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
  dropUnreachable(dist);
  // Services of other languages are generated from it.
  mkdirSync(join(dist, "openapi"));
  for (const name of ["connected-service", "hub", "identity", "portal-storage", "common"]) {
    copyFileSync(join(root, "..", "api", `${name}.yaml`), join(dist, "openapi", `${name}.yaml`));
  }
}

/** Drops the declarations that no exported part leads to: nobody's compiler ever reads them. */
function dropUnreachable(folder) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const parts = Object.values(manifest.exports).flatMap(({ types }) => types ?? []);
  const reachable = new Set();
  const visit = (file) => {
    if (reachable.has(file)) return;
    reachable.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, to] of text.matchAll(/(?:from |import |import\()"(\.[^"]+)\.[jt]s"/g)) {
      visit(join(file, "..", `${to}.d.ts`));
    }
  };
  for (const types of parts) visit(join(root, types));
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (file.endsWith(".d.ts") && !reachable.has(file)) rmSync(file);
  }
}
