import { expect, test } from "vitest";
import { TakeoutError } from "../../src/domain/errors.ts";
import type { FlowLog, LogFields } from "../../src/flows/context.ts";
import { createOutage, withoutOutages } from "../../src/flows/outage.ts";

const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
const late = new TakeoutError("unavailable");
const ours = new TypeError("a fault of ours");

/** An outage whose clock the test holds, and what it and others say. */
function watch() {
  const told: [string, LogFields][] = [];
  const say = (fields: LogFields, text: string) => void told.push([text, fields]);
  const plain: FlowLog = { info: say, warn: say, error: say };
  const clock = { ms: 0 };
  const outage = createOutage(plain, () => clock.ms);
  return { told, clock, outage, log: withoutOutages(plain, outage) };
}

test("an hour without the database is a line when it goes, one a minute, and one when it is back", () => {
  const { told, clock, outage, log } = watch();
  for (; clock.ms < 3_600_000; clock.ms += 1_000) {
    outage.failed(clock.ms % 2_000 === 0 ? refused : late, "not read");
    log.warn({ error: late }, "request refused");
    log.error({ error: new Error("drive", { cause: refused }) }, "drive failed");
  }
  clock.ms += 2_000;
  outage.answered();
  outage.answered();
  expect(told[0]).toEqual([
    "the database is away, and is tried again until it is there",
    { code: "ECONNREFUSED" },
  ]);
  expect(told.slice(1, -1).map(([text]) => text)).toEqual(
    Array.from({ length: 59 }, () => "the database is still away"),
  );
  expect(told.at(-1)).toEqual(["the database is there again", { count: 3 * 3_600 }]);
});

test("what has another cause is told whether the database is there or not", () => {
  const { told, outage, log } = watch();
  log.warn({ error: refused }, "the store of blobs failed");
  outage.failed(refused, "not read");
  log.error({ error: ours }, "drive failed");
  outage.failed(ours, "not swept");
  expect(told.map(([text]) => text)).toEqual([
    "the store of blobs failed",
    "the database is away, and is tried again until it is there",
    "drive failed",
    "not swept",
  ]);
});

test("a database that comes up is back once nothing fails, and may go again", () => {
  const { told, clock, outage } = watch();
  for (const _ of ["first", "second"]) {
    outage.failed(refused, "not read");
    clock.ms += 1_900;
    outage.answered();
    outage.failed(refused, "another connection");
    clock.ms += 1_900;
    outage.answered();
    clock.ms += 100;
    outage.answered();
  }
  expect(told.map(([text]) => text.slice(0, 21))).toEqual(
    ["first", "second"].flatMap(() => ["the database is away,", "the database is there"]),
  );
});

test("of a database that lacks a table it is told where that was missed", () => {
  const { told, outage } = watch();
  const error = Object.assign(new Error("relation"), { code: "42P01" });
  outage.failed(error, "not read");
  expect(told).toEqual([["the database is not migrated", { code: "42P01", error }]]);
});
