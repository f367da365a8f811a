import { expect, test } from "vitest";
import { advance } from "../../src/domain/advance.ts";
import { retryAtOf, retryWithinMs } from "../../src/domain/retention.ts";
import { partOf, registryOf } from "./samples.ts";

const hour = 3_600_000;
const closedAt = 100 * hour;
const kept = partOf({ state: "deleted", outcome: "retained", closedAt });

test("what a service keeps until a moment is tried again then, and not sooner than an hour later", () => {
  expect(retryAtOf({ ...kept, retainedUntil: closedAt + 9 * hour })).toBe(closedAt + 9 * hour);
  expect(retryAtOf({ ...kept, retainedUntil: closedAt + 1 })).toBe(closedAt + hour);
});

test("nothing is tried again by itself that names no moment ahead, or keeps nothing", () => {
  expect(retryAtOf({ ...kept, retainedUntil: null })).toBeNull();
  expect(retryAtOf({ ...kept, retainedUntil: closedAt })).toBeNull();
  const until = { retainedUntil: closedAt + 9 * hour };
  expect(retryAtOf({ ...kept, ...until, outcome: "anonymized" })).toBeNull();
  expect(retryAtOf({ ...kept, ...until, state: "resolved" })).toBeNull();
});

test("a snapshot outlives a deletion that closes after the moment to try again, so that this can be done", () => {
  const now = closedAt + 50 * hour;
  const registry = registryOf({ name: "realty" }, { name: "orders" });
  const part = { ...kept, retainedUntil: closedAt + 9 * hour };
  const late = partOf({ service: "orders", state: "deleted", closedAt: now });
  const view = {
    acceptedAt: 0,
    closedAt: null,
    wakeAt: null,
    parts: [part, late],
    busyElsewhere: new Set<string>(),
  };
  const change = { event: "reported_deleted", from: "accepted", part: late } as const;
  const options = { registry, now, deadlineMs: 9_999 * hour, access: null, isDrive: false };
  expect(advance(view, [change], options).closing?.sealedUntil).toBe(now + retryWithinMs);
});
