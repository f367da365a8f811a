import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRegistry } from "../../src/domain/registry.ts";
import { driveDeletion } from "../../src/flows/drive-deletion.ts";
import { createApp } from "../../src/http/app.ts";
import { readAnswer } from "../http/support/answers.ts";
import { createDesk, type Desk } from "../http/support/desk.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type ServiceOverrides, type TestHub } from "../support/hub.ts";
import { deletionOf, hurry, partsOf } from "../support/ledger-rows.ts";
import { startSecondProcess } from "../support/second-process.ts";

/** `after` of contract 7: who is called when, over real HTTP. */

const backoff = { firstMs: 60_000, maxMs: 600_000 };

let services: Record<"orders" | "realty" | "maps", FakeService>;
let hub: TestHub;

beforeEach(async () => {
  const [orders, realty, maps] = await Promise.all(
    (["orders", "realty", "maps"] as const).map(startFakeService),
  );
  services = { orders, realty, maps } as typeof services;
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await Promise.all(Object.values(services).map((service) => service[Symbol.asyncDispose]()));
});

async function start(rules: Partial<Record<keyof typeof services, ServiceOverrides>>, desk?: Desk) {
  const names = Object.keys(rules) as (keyof typeof services)[];
  hub = await createTestHub({
    services: names.map((name) => [services[name], { backoff, ...rules[name] }] as const),
    overrides: { random: () => 0.5 },
    ...(desk && { config: { operators: desk.operators } }),
  });
}

const done = (by: FakeService, categoryId: string, uid = "1") =>
  hub.report(by, { yandex_uid: uid, category_id: categoryId, state: "deleted" });

const counts = () =>
  Object.fromEntries(
    Object.values(services).map((service) => [service.name, service.deletes().length]),
  );

const statesOf = async (uid = "1") =>
  (await partsOf(hub, uid)).map(
    ({ service, category_id, state }) => `${service}/${category_id} ${state}`,
  );

describe("within a deletion", () => {
  test("a service is called when every part of those it names is done, at once and by itself", async () => {
    await start({ maps: { after: ["realty"] }, realty: { after: ["orders"] }, orders: {} });
    await hub.remove("1", "r", ["1", "2"]);
    await hub.drain();
    expect(counts()).toEqual({ orders: 1, realty: 0, maps: 0 });
    await done(services.orders, "1");
    await hub.drain();
    expect(counts()).toEqual({ orders: 1, realty: 0, maps: 0 });
    await done(services.orders, "2");
    await hub.drain();
    expect(counts()).toEqual({ orders: 1, realty: 1, maps: 0 });
    expect(services.realty.deletes()[0]?.body.categories).toEqual(["1", "2"]);
    await done(services.realty, "1");
    await done(services.realty, "2");
    await hub.drain();
    expect(counts()).toEqual({ orders: 1, realty: 1, maps: 1 });
  });

  test("services that answer at once follow each other in one drive", async () => {
    const completion = "answer" as const;
    await start({
      maps: { after: ["realty"], completion },
      realty: { after: ["orders"], completion },
      orders: { completion },
    });
    const order: string[] = [];
    for (const service of Object.values(services)) {
      service.onDelete = () => {
        order.push(service.name);
        return { status: 200 };
      };
    }
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    expect(order).toEqual(["orders", "realty", "maps"]);
    expect((await hub.status("1")).data[0].update_date).toBeDefined();
  });

  test("a service that holds nothing of the deletion is not waited for", async () => {
    await start({ orders: { categories: ["2"] }, realty: { after: ["orders"] } });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    expect(counts()).toMatchObject({ orders: 0, realty: 1 });
  });

  test("a predecessor in backoff is still waited for", async () => {
    await start({ orders: {}, realty: { after: ["orders"] } });
    services.orders.onDelete = () => ({ status: 500 });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hurry(hub, 30_000);
    await hub.drain();
    expect(counts()).toMatchObject({ orders: 2, realty: 0 });
    expect(await statesOf()).toEqual(["orders/1 due", "realty/1 waiting"]);
  });

  test("one failed part of a predecessor ends all uncalled parts of its successors, and of theirs", async () => {
    await start({ orders: {}, realty: { after: ["orders"] }, maps: { after: ["realty"] } });
    await hub.remove("1", "r", ["1", "2"]);
    await hub.drain();
    const refusal = { state: "delete_failed", retriable: false, reason: "debt" };
    await hub.report(services.orders, { yandex_uid: "1", category_id: "1", ...refusal });
    await hub.drain();
    expect(await statesOf()).toEqual([
      "maps/1 delete_failed",
      "maps/2 delete_failed",
      "orders/1 delete_failed",
      "orders/2 accepted",
      "realty/1 delete_failed",
      "realty/2 delete_failed",
    ]);
    const codes = (await partsOf(hub, "1")).map(({ error_code: code }) => code);
    expect(codes.filter((code) => code === "predecessor_failed")).toHaveLength(4);
    const proven = await hub.sql`
      select service, event from events where body_hash is not null or kid is not null`;
    expect(proven).toEqual([{ service: "orders", event: "reported_failed_finally" }]);
    await done(services.orders, "2");
    await hub.drain();
    expect(counts()).toEqual({ orders: 1, realty: 0, maps: 0 });
    const { data, errors } = await hub.status("1");
    expect(data[0].state).toBe("ready_to_delete");
    expect(
      errors?.filter(({ category_id }) => category_id === "2").map(({ service }) => service),
    ).toEqual(["realty", "maps"]);
  });

  test("a predecessor that denies ends the others before they are called", async () => {
    await start({ orders: {}, realty: { after: ["orders"] } });
    services.orders.onDelete = () => ({
      status: 409,
      body: { code: "delete_denied", reason: "debt" },
    });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    expect(counts()).toMatchObject({ orders: 1, realty: 0 });
    expect((await hub.status("1")).errors).toContainEqual(
      expect.objectContaining({ code: "delete_denied", service: "orders", reason: "debt" }),
    );
  });
});

describe("across deletions of one user", () => {
  beforeEach(() => start({ orders: {}, realty: { after: ["orders"] } }));

  test("a later deletion waits for a predecessor's open part in an earlier one, and goes on when that closes", async () => {
    await hub.remove("1", "r1", ["1"]);
    await hub.drain();
    await hub.remove("1", "r2", ["2"]);
    await hub.drain();
    await done(services.orders, "2");
    await hub.drain();
    expect(counts()).toMatchObject({ orders: 2, realty: 0 });
    await done(services.orders, "1");
    await hub.drain();
    expect(counts()).toMatchObject({ orders: 2, realty: 2 });
  });

  test("an earlier deletion does not wait for a later one", async () => {
    await hub.remove("1", "r1", ["1"]);
    await hub.drain();
    await hub.remove("1", "r2", ["2"]);
    await hub.drain();
    await done(services.orders, "1");
    await hub.drain();
    expect(services.realty.deletes().map(({ body }) => body.categories)).toEqual([["1"]]);
  });

  test("what failed in an earlier deletion is not waited for, and ends nothing in a later one", async () => {
    await hub.remove("1", "r1", ["1"]);
    await hub.drain();
    await hub.remove("1", "r2", ["2"]);
    await hub.drain();
    await done(services.orders, "2");
    const failure = { state: "delete_failed", retriable: false };
    await hub.report(services.orders, { yandex_uid: "1", category_id: "1", ...failure });
    await hub.drain();
    expect(services.realty.deletes().map(({ body }) => body.categories)).toEqual([["2"]]);
    expect(await statesOf()).toContain("realty/1 delete_failed");
  });

  test("one user never waits for another", async () => {
    await hub.remove("1", "r1", ["1"]);
    await hub.remove("2", "r1", ["1"]);
    await hub.drain();
    await done(services.orders, "1", "2");
    await hub.drain();
    expect(services.realty.deletes().map(({ body }) => body.report_uid)).toEqual(["2"]);
  });
});

describe("while the configuration is changed, one process after another", () => {
  /** A process that knows realty alone, which goes after nobody there. */
  function startWithRealty() {
    const { categories, services: known } = hub.flows.registry;
    const alone = known.filter(({ name }) => name === "realty");
    const registry = createRegistry({
      categories,
      services: alone.map((rules) => ({ ...rules, after: [] })),
    });
    return startSecondProcess(hub, [services.realty], { registry });
  }

  test("what goes after a service is called by no process that does not know that service", async () => {
    await start({ realty: { after: ["orders"] }, orders: { completion: "answer" } });
    services.orders.onDelete = () => ({
      status: 409,
      body: { code: "delete_denied", reason: "debt" },
    });
    await using older = startWithRealty();
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion(older.flows, { deletionId });
    expect(await statesOf()).toEqual(["orders/1 due", "realty/1 waiting"]);
    await hurry(hub, 11_000);
    await hub.drain();
    expect(await statesOf()).toEqual(["orders/1 delete_failed", "realty/1 delete_failed"]);
    expect(counts()).toMatchObject({ orders: 1, realty: 0 });
  });

  test("what waits for a service that was taken out for good is shown with it, and goes on when operators end that", async () => {
    const desk = await createDesk();
    await start({ realty: { after: ["orders"] }, orders: {} }, desk);
    await using newer = startWithRealty();
    const app = createApp({ ...hub.context.http, flows: newer.flows });
    await hub.remove("1", "r", ["1"]);
    const { id: deletionId } = await deletionOf(hub, "1");
    await driveDeletion(newer.flows, { deletionId });
    const seen = { ...hub, app };
    const path = `/admin/v1/deletions/${deletionId}`;
    const shown = await readAnswer("getDeletion", await desk.get(seen, path));
    expect(shown.body.parts).toMatchObject([
      { service: "orders", state: "due" },
      { service: "realty", state: "waiting", waits_for: ["orders"] },
    ]);
    for (const login of ["alice", "bob"]) {
      const body = { state: "resolved", service: "orders", reason: "Gone for good, OPS-1" };
      expect((await desk.act(seen, `${path}/resolve`, { login, body })).status).toBeLessThan(300);
    }
    await driveDeletion(newer.flows, { deletionId });
    expect(await statesOf()).toEqual(["orders/1 resolved", "realty/1 accepted"]);
  });
});
