import {
  type CategoryHandlers,
  category,
  denied,
  erased,
  type StatusResult,
} from "takeout-sdk/service";
import { expect, test } from "vitest";
import { namesIn } from "../support/naming.ts";
import { until } from "../support/processes.ts";
import { startService } from "./running-service.ts";

interface StatusAnswer {
  categories: { data_state: string }[];
}

const erase = async () => erased();
const holds = (id: string, status: CategoryHandlers["status"]) =>
  category(id, { status, delete: erase });

test("each asked category is answered, in the order asked; one the service does not hold is empty", async () => {
  await using running = await startService({
    categories: [
      holds("1", async () => "ready_to_delete"),
      holds("2", async () => "delete_in_progress"),
      holds("3", async () => "empty"),
      holds("4", async () => denied("debt")),
    ],
  });
  const answer = await running.status({ categories: ["4", "9", "3", "2", "1", "1"] });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    categories: [
      { id: "4", data_state: "ready_to_delete", denied: { reason: "debt" } },
      { id: "9", data_state: "empty" },
      { id: "3", data_state: "empty" },
      { id: "2", data_state: "delete_in_progress" },
      { id: "1", data_state: "ready_to_delete" },
    ],
  });
});

test("a handler is given every identifier the hub sent, and no list is missing", async () => {
  const seen: unknown[] = [];
  await using running = await startService({
    categories: [
      holds("1", async ({ signal: _, ...request }) => {
        seen.push(request);
        return "empty";
      }),
    ],
  });
  await running.status({
    yandex_uids: [
      { uid: "4001", is_portal: true },
      { uid: "4002", is_portal: false },
    ],
    phone_ids: ["p1"],
    request_id: "portal-7",
  });
  expect(seen).toEqual([
    {
      uids: ["4001", "4002"],
      userIds: [],
      phoneIds: ["p1"],
      personalPhoneIds: [],
      personalEmailIds: [],
      requestId: "portal-7",
    },
  ]);
});

test("a handler that throws or gives no state answers 500, and nothing of it goes outside", async () => {
  const broken = new Map<string, CategoryHandlers["status"]>([
    ["1", () => Promise.reject(new Error("no row for uid 4001"))],
    ["2", async () => undefined as unknown as StatusResult],
  ]);
  await using running = await startService({
    categories: [...broken].map(([id, status]) => holds(id, status)),
  });
  for (const id of broken.keys()) {
    const answer = await running.status({ categories: [id] });
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: "internal_error" });
    expect(namesIn(text + JSON.stringify(running.logged), "4001")).toEqual([]);
  }
  expect(running.logged).toHaveLength(2);
});

test("a status that is none is logged with its category and with what to give instead", async () => {
  await using running = await startService({
    categories: [
      holds("1", async () => "empty"),
      holds("2", async () => "nonsense of 4001" as StatusResult),
    ],
  });
  expect((await running.status({ categories: ["1", "2"] })).status).toBe(500);
  expect(running.logged).toEqual([
    {
      level: "error",
      event: "call_failed",
      category: "2",
      error: {
        name: "TypeError",
        message: expect.stringMatching(/^status: give "empty", .* or denied/),
        at: expect.any(Array),
      },
    },
  ]);
  expect(namesIn(JSON.stringify(running.logged), "4001")).toEqual([]);
});

test("while a deletion runs, its user's category is in progress, by any of the accounts, and nothing else is", async () => {
  const work = Promise.withResolvers<void>();
  await using running = await startService({
    answerWithinMs: 0,
    categories: ["1", "2"].map((id) =>
      category(id, { status: async () => "empty", delete: () => work.promise.then(erased) }),
    ),
  });
  const stateOf = async (uid: string, id: string) => {
    const asked = { yandex_uids: [{ uid, is_portal: true }], categories: [id] };
    const answer = (await (await running.status(asked)).json()) as StatusAnswer;
    return answer.categories[0]?.data_state;
  };
  const accounts = [
    { uid: "4001", is_portal: true },
    { uid: "4002", is_portal: false },
  ];
  expect((await running.remove({ yandex_uids: accounts })).status).toBe(202);
  expect(await stateOf("4001", "1")).toBe("delete_in_progress");
  expect(await stateOf("4002", "1")).toBe("delete_in_progress");
  expect(await stateOf("4003", "1")).toBe("empty");
  expect(await stateOf("4001", "2")).toBe("empty");
  work.resolve();
  await until("the report", () => running.hub.reports.length > 0);
  expect(await stateOf("4001", "1")).toBe("empty");
});
