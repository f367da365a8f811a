import { expect, test, vi } from "vitest";
import { createGates } from "../../src/connected/gates.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { deletionOf, partOf } from "../support/ledger-rows.ts";

test("a step that gave up waiting for the ledger claims nothing and takes no slot when its turn comes after all", async () => {
  await using realty = await startFakeService("realty");
  const gates = createGates([{ name: "realty", concurrency: 1 }]);
  await using hub = await createTestHub({ services: [[realty]], overrides: { gates } });
  await hub.remove("1", "r", ["1"]);
  const { id: deletionId } = await deletionOf(hub, "1");
  const locked = Promise.withResolvers<void>();
  const isOver = Promise.withResolvers<void>();
  const lock = hub.sql.begin(async (tx) => {
    await tx`select from deletions where id = ${deletionId} for update`;
    locked.resolve();
    await isOver.promise;
  });
  await locked.promise;
  await expect(driveDeletion(hub.flows, { deletionId })).rejects.toMatchObject({
    code: "unavailable",
  });
  const waiting = async () => {
    const [row] = await hub.sql<[{ count: number }]>`
      select count(*)::int from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
         and backend_type = 'client backend'`;
    return row.count;
  };
  // The lock's own transaction, and the step's last try: without it this would prove nothing.
  expect(await waiting()).toBe(2);
  isOver.resolve();
  await lock;
  await vi.waitUntil(async () => (await waiting()) === 0, { timeout: 90_000, interval: 20 });
  expect(gates.spare("realty")).toBe(1);
  expect(await partOf(hub, "1")).toMatchObject({ state: "due", attempt: 0 });
  await hub.drain();
  expect(realty.deletes()).toHaveLength(1);
});
