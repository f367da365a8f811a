// Sums up a run: node .ci/count.mjs <folder> <exit code of the tests> <exit code of the checks>
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, testsCode, checksCode] = process.argv.slice(2);

function read(name) {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return "";
  }
}

/** A file that could not be loaded has no test that failed; it counts as one failure of its own. */
function countTests() {
  const report = JSON.parse(read("tests.json") || "{}");
  const broken = (report.testResults ?? []).filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  return {
    passed: report.numPassedTests ?? 0,
    failed: (report.numFailedTests ?? 0) + broken.length,
  };
}

function countChecks() {
  const [, passed, failed] = /^checks: (\d+) passed, (\d+) failed$/m.exec(read("check.log")) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
}

/** An exit code that no counted failure explains (a crash, an unhandled error) is a failure too. */
function withExitCode(count, code) {
  return code !== "0" && count.failed === 0 ? { ...count, failed: 1 } : count;
}

const tests = withExitCode(countTests(), testsCode);
const checks = withExitCode(countChecks(), checksCode);
const failed = tests.failed + checks.failed;
console.log(`${tests.passed + checks.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
