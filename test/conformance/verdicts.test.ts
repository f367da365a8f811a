import { join } from "node:path";
import { type ConformanceReport, runConformance } from "takeout-sdk/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startSubject } from "./support/subject.ts";

const services = join(import.meta.dirname, "services");

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

async function check(name: string, file: string): Promise<ConformanceReport> {
  const command = [process.execPath, join(services, file)];
  await using subject = await startSubject({ name, command, databaseUrl: database.url });
  return await runConformance(subject.options);
}

/** What did not pass, with the reasons: what a failing test has to show. */
function unpassed({ results }: ConformanceReport) {
  return results
    .filter(({ outcome }) => outcome !== "passed")
    .map(({ name, outcome, reason, breaches }) => ({ name, outcome, reason, breaches }));
}

const longestMs = 180_000;

test.concurrent.each([
  ["plain", "plain/main.ts"],
  ["with-sdk", "with-sdk/main.ts"],
] as const)(
  "a sound service conforms: %s",
  async (name, file) => {
    const report = await check(name, file);
    expect(unpassed(report)).toEqual([]);
    expect(report.verdict).toBe("conforms");
  },
  longestMs,
);

test.concurrent.each([
  ["no-ticket-check", "ticket-required"],
  ["wrong-audience", "ticket-audience"],
  ["fence-ignored", "fence"],
  ["report-before-work", "report-after-work"],
  ["contradictory-reports", "reports-agree"],
  ["lost-on-restart", "restart"],
  ["newer-rows-on-repeat", "repeat-keeps-newer"],
  ["empty-while-working", "status-while-deleting"],
] as const)(
  "a wrong service fails on exactly its check: %s",
  async (name, expected) => {
    const report = await check(name, `wrong/${name}.ts`);
    const failed = report.results.filter(({ outcome }) => outcome === "failed");
    const names = failed.map((result) => result.name);
    expect(names, JSON.stringify(failed, null, 1)).toEqual([expected]);
    expect(
      unpassed(report).filter(({ outcome }) => !/^(failed|not_judged)$/.test(outcome)),
    ).toEqual([]);
    expect(report.verdict).toBe("does_not_conform");
  },
  longestMs,
);
