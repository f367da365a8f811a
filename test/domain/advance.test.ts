import { expect, test } from "vitest";
import { advance } from "../../src/domain/advance.ts";
import { applyEvent, type Part } from "../../src/domain/part.ts";
import { partOf, registryOf } from "./samples.ts";

const day = 86_400_000;
const now = 100 * day;
const failed = partOf({ service: "orders", state: "delete_failed", attempt: 1, closedAt: now });

/** What closing comes to when the part is reported deleted now. */
function reportDeleted(part: Part, others: readonly Part[], closedAt: number | null) {
  const change = applyEvent(part, "reported_deleted", now, { outcome: "erased" });
  return advance(
    { acceptedAt: now - day, closedAt, parts: [part, ...others], busyElsewhere: new Set() },
    change ? [change] : [],
    { registry: registryOf({}, { name: "orders" }), now, deadlineMs: 30 * day, access: null },
  ).closing;
}

test("the snapshot of a deletion that failed in part is kept for the deadline, counted from its closing", () => {
  const called = partOf({ state: "accepted", attempt: 1 });
  expect(reportDeleted(called, [failed], null)).toEqual({
    closedAt: now,
    closedAs: "failed",
    sealedUntil: now + 30 * day,
  });
});

test("a late `deleted` does not begin that time anew", () => {
  const late = partOf({ state: "delete_failed", attempt: 1, closedAt: now - 20 * day });
  expect(reportDeleted(late, [failed], now - 20 * day)?.sealedUntil).toBe(now + 10 * day);
  expect(reportDeleted(late, [failed], now - 40 * day)?.sealedUntil).toBeNull();
});

test("and when nothing failed is left, the snapshot is destroyed at once", () => {
  const late = partOf({ state: "delete_failed", attempt: 1, closedAt: now - day });
  expect(reportDeleted(late, [], now - day)?.sealedUntil).toBeNull();
});
