import { join } from "node:path";
import { checkNames, type TestFunction, testConformance } from "takeout-sdk/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { findFreePort } from "../support/ports.ts";
import { type Subject, startSubject } from "./support/subject.ts";

const plain = [
  process.execPath,
  join(import.meta.dirname, "services", "plain", "main.ts"),
] as const;

let database: TestDatabase;
let subject: Subject;
beforeAll(async () => {
  database = await createDatabase();
  subject = await startSubject({ name: "helper", command: plain, databaseUrl: database.url });
});
afterAll(async () => {
  await subject[Symbol.asyncDispose]();
  await database.drop();
});

describe("as a service's own test file has it", () => {
  testConformance(test, () => ({ ...subject.options, skip: ["slow-sender"] }));
});

interface Collected {
  name: string;
  run: () => Promise<string>;
}

/** Collects the tests that the helper makes, and runs each to a word on how it ended. */
function collect(): { test: TestFunction; collected: Collected[] } {
  const collected: Collected[] = [];
  const test: TestFunction = (name, run) => {
    let skipped: string | undefined;
    const context = {
      skip: (note = "") => {
        skipped = note;
      },
    };
    const end = () =>
      run(context).then(
        () => (skipped === undefined ? "passed" : `skipped: ${skipped}`),
        (error) => `failed: ${error.message}`,
      );
    collected.push({ name, run: end });
  };
  return { test, collected };
}

test("a breach fails the test of its check alone, with its text; what is left out is skipped", async () => {
  const wrong = join(import.meta.dirname, "services", "wrong", "wrong-audience.ts");
  const command = [process.execPath, wrong];
  await using other = await startSubject({
    name: "helper-wrong",
    command,
    databaseUrl: database.url,
  });
  const made = ["status-answer", "ticket-required", "ticket-audience"];
  const skip = checkNames.filter((name) => !made.includes(name));
  const { test, collected } = collect();
  testConformance(test, { ...other.options, skip });
  expect(collected.map(({ name }) => name.split(":")[0])).toEqual(checkNames);
  const ends = new Map<string, string>();
  for (const { name, run } of collected) ends.set(name.split(":")[0] ?? "", await run());
  expect(ends.get("ticket-required")).toBe("passed");
  expect(ends.get("ticket-audience")).toMatch(/^failed: expected .*\nhappened .*\nlook at /);
  expect(ends.get("fence")).toBe("skipped: left out by --skip");
  expect([...ends.values()].filter((end) => end.startsWith("failed"))).toHaveLength(1);
});

test("where nothing can be run every test fails, and says why", async () => {
  const { test, collected } = collect();
  testConformance(test, {
    url: "http://127.0.0.1:1",
    service: "nobody",
    categories: ["1"],
    listen: await findFreePort(),
    skip: ["nonsense"],
  });
  for (const { run } of collected) expect(await run()).toContain('there is no check "nonsense"');
});
