import {
  accepted,
  category,
  createTakeoutService,
  type DeleteRequest,
  denied,
  erased,
  fatal,
  type Outcome,
  retained,
} from "takeout-sdk/service";
import { createFakeHub } from "takeout-sdk/testing";
import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../sdk/src/work/memory-store.ts";
import { namesIn } from "../support/naming.ts";
import { until } from "../support/processes.ts";
import { problem } from "./fake-hub.ts";
import { deleteBody, type RunningService, startService } from "./running-service.ts";

const deletes = (id: string, remove: (request: DeleteRequest) => Promise<Outcome>) =>
  category(id, { status: async () => "empty", delete: remove });

const bodies = ({ hub }: RunningService) => hub.reports.map(({ body }) => body);
const reported = (running: RunningService, count: number) =>
  until(`${count} reports`, () => running.hub.reports.length >= count && bodies(running));

async function startDurable(...categories: ReturnType<typeof deletes>[]) {
  const store = createMemoryStore();
  const running = await startService({ categories, store });
  await running.service.start();
  return Object.assign(running, { store });
}

async function stateOf(running: RunningService, uid = "4001"): Promise<string | undefined> {
  const asked = { yandex_uids: [{ uid, is_portal: true }], categories: ["1"] };
  const answer = await (await running.status(asked)).json();
  return (answer as { categories: { data_state: string }[] }).categories[0]?.data_state;
}

test("a deletion is answered 202 once it is kept, runs behind the answer and is reported", async () => {
  const work = Promise.withResolvers<void>();
  await using running = await startDurable(deletes("1", () => work.promise.then(erased)));
  expect((await running.remove()).status).toBe(202);
  work.resolve();
  expect(await reported(running, 1)).toEqual([
    {
      service: "realty",
      yandex_uid: "4001",
      category_id: "1",
      state: "deleted",
      outcome: "erased",
      deletion_id: "d-1",
      attempt: 1,
      to: deleteBody.to,
      completed_at: expect.stringMatching(/Z$/),
    },
  ]);
});

test("status says delete_in_progress until the hub has the report, by any of the accounts", async () => {
  const work = Promise.withResolvers<void>();
  await using running = await startDurable(deletes("1", () => work.promise.then(erased)));
  running.hub.always = problem(503, "unavailable");
  const accounts = [
    { uid: "4001", is_portal: true },
    { uid: "4002", is_portal: false },
  ];
  await running.remove({ yandex_uids: accounts });
  expect(await stateOf(running)).toBe("delete_in_progress");
  work.resolve();
  await reported(running, 2);
  expect(await stateOf(running, "4002")).toBe("delete_in_progress");
  expect(await stateOf(running, "4003")).toBe("empty");
  running.hub.always = undefined;
  await until("the end", async () => (await stateOf(running)) === "empty");
});

test("a service that cannot keep a call asks the hub to come again, and starts nothing", async () => {
  let runs = 0;
  const store = createMemoryStore();
  const failing = { ...store, change: () => Promise.reject(new Error("no disk for 4001")) };
  const held = deletes("1", async () => {
    runs += 1;
    return erased();
  });
  await using running = await startService({ categories: [held], store: failing });
  await running.service.start();
  const answer = await running.remove();
  expect([answer.status, answer.headers.get("retry-after"), runs]).toEqual([503, "1", 0]);
  expect(running.logged).toContainEqual(expect.objectContaining({ event: "store_failed" }));
  expect(namesIn(JSON.stringify(running.logged), "4001")).toEqual([]);
});

test("a service that was not started keeps what it is asked, and another one does it", async () => {
  const store = createMemoryStore();
  const held = deletes("1", async () => erased());
  await using door = await startService({ categories: [held], store });
  expect((await door.remove()).status).toBe(202);
  expect(await stateOf(door)).toBe("delete_in_progress");
  await using worker = await startService({ categories: [held], store });
  await worker.service.start();
  expect(await reported(worker, 1)).toMatchObject([{ state: "deleted" }]);
});

describe("repeats", () => {
  test("while the work runs start nothing, and the report bears the newest attempt", async () => {
    const work = Promise.withResolvers<void>();
    let runs = 0;
    const held = deletes("1", async () => {
      runs += 1;
      await work.promise;
      return erased();
    });
    await using running = await startDurable(held);
    await running.remove();
    await running.remove({ attempt: 3 });
    await running.remove({ attempt: 2 });
    work.resolve();
    expect(await reported(running, 1)).toMatchObject([{ attempt: 3 }]);
    expect(runs).toBe(1);
  });

  test("of what is done run nothing and are reported again", async () => {
    let runs = 0;
    const held = deletes("1", async () => {
      runs += 1;
      return retained({ until: new Date("2030-01-01"), reason: "tax_law" });
    });
    await using running = await startDurable(held);
    await running.remove();
    const [first] = await reported(running, 1);
    await until("the end", async () => (await stateOf(running)) === "empty");
    await running.remove({ attempt: 2, report_uid: "4009" });
    const [, second] = await reported(running, 2);
    expect(second).toEqual({ ...first, attempt: 2, yandex_uid: "4009" });
    expect(runs).toBe(1);
  });

  test.each<[string, () => Promise<Outcome>, boolean]>([
    ["a failure", () => Promise.reject(new Error("no")), true],
    ["a fatal failure", async () => fatal("broken", "Broken."), false],
    ["a denial", async () => denied("debt"), false],
  ])("after %s run again, never beyond the first fence", async (_, fail, retriable) => {
    const fences: string[] = [];
    const held = deletes("1", async ({ before }) => {
      fences.push(before.toISOString());
      return fences.length === 1 ? fail() : erased();
    });
    await using running = await startDurable(held);
    await running.remove();
    expect(await reported(running, 1)).toMatchObject([{ state: "delete_failed", retriable }]);
    await running.remove({ attempt: 2, to: "2026-02-01T00:00:00.000Z" });
    const [, second] = await reported(running, 2);
    expect(second).toMatchObject({ state: "deleted", attempt: 2, to: deleteBody.to });
    expect(fences).toEqual([deleteBody.to, deleteBody.to]);
  });

  test("that come while the report is on its way are reported for themselves", async () => {
    await using running = await startDurable(deletes("1", async () => erased()));
    running.hub.answers = [null];
    await running.remove();
    await reported(running, 1);
    await running.remove({ attempt: 2 });
    expect(bodies(running)).toHaveLength(1);
    running.hub.release();
    expect(await reported(running, 2)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    await until("the end", async () => (await stateOf(running)) === "empty");
  });
});

test("what a stopped process was at is done by the next one, which is told how far it came", async () => {
  const store = createMemoryStore();
  const seen: unknown[] = [];
  const held = deletes("1", async ({ resumed, progress }) => {
    seen.push(resumed);
    await progress(resumed ? 10 : 7, 10);
    return resumed ? erased() : new Promise<never>(() => {});
  });
  await using first = await startService({ categories: [held], store });
  await first.service.start();
  await first.remove();
  await until("progress", () => first.logged.length > 0);
  await first.service.close({ withinMs: 0 });
  expect(first.hub.reports).toEqual([]);

  await using second = await startService({ categories: [held], store });
  await second.service.start();
  expect(await reported(second, 1)).toMatchObject([{ state: "deleted" }]);
  expect(seen).toEqual([undefined, { done: 7, total: 10 }]);
  expect(first.logged).toEqual([
    expect.objectContaining({ event: "delete_progress", done: 7, total: 10, level: "info" }),
  ]);
});

test("progress that the store could not keep is no failed deletion: the work goes on", async () => {
  const store = createMemoryStore();
  let isDown = false;
  const change: typeof store.change = (...change) =>
    isDown ? Promise.reject(new Error("no disk for 4001")) : store.change(...change);
  let runs = 0;
  const held = deletes("1", async ({ progress }) => {
    runs += 1;
    isDown = runs === 1;
    await progress(runs).finally(() => {
      isDown = false;
    });
    return erased();
  });
  await using running = await startService({ categories: [held], store: { ...store, change } });
  await running.service.start();
  await running.remove();
  expect(await reported(running, 1)).toMatchObject([{ state: "deleted", attempt: 1 }]);
  expect(runs).toBe(2);
});

test("a loop that awaits its progress ends when the service stops", async () => {
  let batches = 0;
  let end: unknown;
  const held = deletes("1", async ({ progress, signal }) => {
    try {
      for (;;) {
        batches += 1;
        await progress(batches);
        await new Promise(setImmediate);
      }
    } catch (error) {
      end = error === signal.reason;
      throw error;
    }
  });
  await using running = await startDurable(held);
  await running.remove();
  await until("work", () => batches > 2);
  await running.service.close({ withinMs: 0 });
  await until("the loop's end", () => end !== undefined);
  expect(end).toBe(true);
  expect(running.hub.reports).toEqual([]);
});

test("a category of an inline kind runs within the call although there is a store", async () => {
  const order: string[] = [];
  const inline = category("2", {
    status: async () => "empty",
    delete: async () => {
      order.push("inline");
      return erased();
    },
    inline: true,
  });
  const work = Promise.withResolvers<void>();
  await using running = await startDurable(
    deletes("1", () => work.promise.then(erased)),
    inline,
  );
  expect((await running.remove({ categories: ["2"] })).status).toBe(200);
  expect(order).toEqual(["inline"]);
  expect((await running.remove({ deletion_id: "d-2", categories: ["1", "2"] })).status).toBe(202);
  work.resolve();
  const all = await reported(running, 3);
  expect(all.map(({ category_id: id }) => id).sort()).toEqual(["1", "2", "2"]);
});

test("a service that answers for itself promises a report of what is kept", async () => {
  const store = createMemoryStore();
  const held = deletes("1", async () => erased());
  await using running = await startService({ completion: "answer", categories: [held], store });
  await running.service.start();
  expect((await running.remove({ categories: ["1", "9"] })).status).toBe(202);
  expect(await reported(running, 2)).toHaveLength(2);
});

test.each([true, false])(
  "what a handler hands to a queue of its own is neither reported nor remembered (store: %s)",
  async (hasStore) => {
    let calls = 0;
    const held = deletes("1", async () => {
      calls += 1;
      return accepted();
    });
    await using running = await startService({
      categories: [held],
      ...(hasStore && { store: createMemoryStore() }),
    });
    await running.service.start();
    for (const attempt of [1, 2]) {
      expect((await running.remove({ attempt })).status).toBe(202);
      await until("the handler", () => calls === attempt);
      await until("the end", async () => (await stateOf(running)) === "empty");
    }
    expect(running.hub.reports).toEqual([]);
  },
);

test.each([
  ["error", 403, "service_mismatch"],
  ["info", 409, "stale_deletion"],
])(
  "a report the hub refuses for good is given up, and the log says so: %s for %i %s",
  async (level, status, code) => {
    await using running = await startDurable(deletes("1", async () => erased()));
    running.hub.answers = [problem(status, code)];
    await running.remove();
    await until("the end", async () => (await stateOf(running)) === "empty");
    expect(running.hub.reports).toHaveLength(1);
    expect(running.logged).toContainEqual(
      expect.objectContaining({
        level,
        event: "report_failed",
        reason: code,
        deletionId: "d-1",
      }),
    );
  },
);

test("services that share a store do each its own work, although the hub gives both the same ids", async () => {
  const store = createMemoryStore();
  const ran: string[] = [];
  const startOne = async (service: string) => {
    const hub = await createFakeHub({ service });
    const remove = async () => {
      ran.push(service);
      return erased();
    };
    const running = createTakeoutService({
      ...hub.serviceOptions,
      categories: [deletes("1", remove)],
      store,
      log: () => {},
    });
    hub.connect(running);
    return { hub, service: running };
  };
  const [realty, travel] = [await startOne("realty"), await startOne("travel")];
  const user = { uids: ["4001"] };
  await travel.service.start();
  const ofRealty = await realty.hub.delete(user, ["1"], { id: "d-1" });
  expect(await travel.hub.status(user, ["1"])).toEqual({ "1": "empty" });
  const ofTravel = await travel.hub.delete(user, ["1"], { id: "d-1" });
  await ofTravel.ended();
  expect([ran, ofRealty.part("1").state]).toEqual([["travel"], "accepted"]);
  await realty.service.start();
  await ofRealty.ended();
  expect(ran).toEqual(["travel", "realty"]);
  await Promise.all([realty.service.close(), travel.service.close()]);
});

test.each([
  ["due", {}],
  ["unreported", { told: { state: "deleted" }, sinceMs: 0, failures: 0 }],
])(
  "what an earlier version left %s, under no service's name, is done anew and forgotten",
  async (state, more) => {
    const store = createMemoryStore();
    const asked = {
      kind: "delete",
      category: "1",
      deletionId: "d-1",
      attempt: 1,
      before: deleteBody.to,
      reportUid: "4001",
      user: {
        uids: ["4001"],
        userIds: [],
        phoneIds: [],
        personalPhoneIds: [],
        personalEmailIds: [],
      },
      trace: {},
    };
    const body = { asks: 1, runs: 0, lost: 0, before: deleteBody.to, state, asked, ...more };
    await store.change(["delete d-1 1"], () => ({
      body,
      users: ["1 4001"],
      lane: "run",
      wakeInMs: 0,
    }));
    let runs = 0;
    const held = deletes("1", async () => {
      runs += 1;
      return erased();
    });
    await using running = await startService({ categories: [held], store });
    await running.service.start();
    expect(await reported(running, 1)).toMatchObject([{ state: "deleted", deletion_id: "d-1" }]);
    expect(runs).toBe(1);
    await until("the end", async () => !(await store.isOpen(["1 4001"])));
    await store.change(["delete d-1 1"], (_, left) => {
      expect(JSON.stringify(left)).not.toContain("4001");
      return undefined;
    });
  },
);

test("work in memory is performed whenever the clock goes on", async () => {
  let time = 0;
  const clock = {
    // At each look it is later.
    now: () => ++time,
    wait: async (_: number, signal?: AbortSignal) => {
      await new Promise((turn) => setTimeout(turn, 0));
      signal?.throwIfAborted();
    },
  };
  const store = createMemoryStore({ clock });
  const work = { body: {}, users: [], lane: "report" } as const;
  const performed = new Set<string>();
  const runner = await store.start(
    async (key) => {
      performed.add(key);
      await store.change([key], () => ({ ...work, wakeInMs: null }));
    },
    () => {},
  );
  for (let wakeInMs = 0; wakeInMs < 20; wakeInMs += 1) {
    await store.change([`after ${wakeInMs}`], () => ({ ...work, wakeInMs }));
    await until(`what is due after ${wakeInMs}`, () => performed.has(`after ${wakeInMs}`));
  }
  await runner.stop(0);
});

test("a closed service cannot be started", async () => {
  await using running = await startService({ categories: [] });
  await running.service.close();
  await expect(running.service.start()).rejects.toThrow("closed");
});
