// npm run check: every check that is not a test. Runs them all, and fails at the end if any failed.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const run = join(import.meta.dirname, "run.mjs");

const checks: readonly { name: string; command: readonly string[] }[] = [
  { name: "generated files match api/", command: ["scripts/generate.ts", "--check"] },
  { name: "format and lint", command: ["@biomejs/biome", "check", "--error-on-warnings"] },
  { name: "types", command: ["typescript", "--noEmit", "--project", "."] },
  { name: "contract lint", command: ["@redocly/cli", "lint", "--config", "redocly.yaml"] },
  { name: "dead code", command: ["knip"] },
];

function passes({ name, command }: (typeof checks)[number]): boolean {
  console.log(`\n== ${name}`);
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
  const result = spawnSync(process.execPath, [run, "--dev", ...command], { stdio: "inherit", env });
  return result.status === 0;
}

const failed = checks.filter((check) => !passes(check));
console.log("");
for (const check of checks)
  console.log(`${failed.includes(check) ? "FAILED" : "ok    "}  ${check.name}`);
console.log(`checks: ${checks.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
