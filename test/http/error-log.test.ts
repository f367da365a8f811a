import { expect, test } from "vitest";
import { TakeoutError } from "../../src/domain/errors.ts";
import type { LogFields } from "../../src/flows/context.ts";
import { createErrorLog } from "../../src/http/error-log.ts";

const late = new TakeoutError("unavailable");

function watch() {
  const told: [string, LogFields][] = [];
  const say = (fields: object, text: string) => void told.push([text, fields]);
  const clock = { ms: 0 };
  return { told, clock, logError: createErrorLog({ warn: say, error: say }, () => clock.ms) };
}

test("thousands that the ledger leaves without an answer are a line a second for each operation, and counted", () => {
  const { told, clock, logError } = watch();
  for (; clock.ms <= 3_000; clock.ms += 1) {
    for (const operation of ["getStatus", "deleteData"])
      logError({ operation, request: "r" }, late);
  }
  const lines = (operation: string) =>
    told.filter(([, fields]) => (fields as { operation?: string }).operation === operation);
  for (const operation of ["getStatus", "deleteData"]) {
    expect(lines(operation).map(([, { count }]) => count)).toEqual([1, 1_000, 1_000, 1_000]);
  }
});

test("what has a cause is told each time, and what its sender is to blame for never", () => {
  const { told, logError } = watch();
  const failed = { operation: "getStatus", request: "r" };
  const cause = new Error("lost");
  for (const _ of ["one", "two"]) {
    logError(failed, new TakeoutError("unavailable", { cause }));
    logError(failed, new TakeoutError("internal_error", { cause }));
    logError(failed, new TakeoutError("bad_request"));
  }
  expect(told.map(([text]) => text)).toEqual([
    ...["request refused", "request failed", "request refused", "request failed"],
  ]);
  expect(told[0]?.[1]).toEqual({ ...failed, code: "unavailable", error: cause });
});
