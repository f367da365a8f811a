import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isCheckOk } from "../../src/domain/service-check.ts";
import { checkService } from "../../src/flows/check-service.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { readAnswer } from "../http/support/answers.ts";
import { readAudit } from "../http/support/audit.ts";
import { createDesk, type Desk } from "../http/support/desk.ts";
import { type Behaviour, type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { createClient } from "../support/tickets.ts";

let realty: FakeService;
let travel: FakeService;
let desk: Desk;
let hub: TestHub;

beforeAll(async () => {
  realty = await startFakeService("realty");
  travel = await startFakeService("travel");
  desk = await createDesk();
  hub = await createTestHub({
    services: [[realty], [travel, { completion: "answer", categories: ["2"] }]],
    config: { operators: desk.operators },
  });
});
beforeEach(() => {
  for (const service of [realty, travel]) {
    service.calls.length = 0;
    service.onStatus = () => ({ status: 200, body: { data_state: "empty" } });
  }
  realty.onDelete = reportsAs(realty);
  travel.onDelete = () => ({ status: 200, body: { outcome: "nothing_found" } });
});
afterAll(async () => {
  for (const each of [hub, realty, travel]) await each[Symbol.asyncDispose]();
});

/** Takes a deletion on and reports it as this service. */
function reportsAs(service: Pick<FakeService, "name" | "client">): Behaviour {
  return async ({ body }) => {
    await hub.report(service as FakeService, doneReport(body, body.categories[0]));
    return { status: 200 };
  };
}

const check = (service: string, reportWithinMs = 250) =>
  checkService(hub.flows, { service, reportWithinMs });

const good = {
  service: "realty",
  isReachable: true,
  error: null,
  hubTicket: "accepted",
  serviceTicket: "accepted",
  missingCategories: [],
};

test("a good service is reached, and each side accepts the other's tickets", async () => {
  const result = await check("realty");
  expect(result).toMatchObject(good);
  expect(Math.abs(result.clockDifferenceMs ?? Number.NaN)).toBeLessThan(5_000);
  expect(isCheckOk(result)).toBe(true);
});

test("a service that answers need not report", async () => {
  const result = await check("travel");
  expect(result).toMatchObject({ serviceTicket: "not_expected", missingCategories: [] });
  expect(isCheckOk(result)).toBe(true);
});

test("nobody's data is asked for, nothing that is newer than 1970 is to be deleted, and nothing stays", async () => {
  await check("realty");
  const [status] = realty.statuses();
  const [order] = realty.deletes();
  expect(order?.body.to).toBe("1970-01-01T00:00:00.000Z");
  expect(order?.body.report_uid).toMatch(/^9\d{31}$/);
  expect(status?.body.yandex_uids).toEqual(order?.body.yandex_uids);
  for (const table of ["deletions", "reports", "own_states", "requests"]) {
    expect(await hub.sql`select from ${hub.sql(table)}`).toHaveLength(0);
  }
});

describe("what is not as it must be", () => {
  test.each<[string, () => void, object]>([
    [
      "the service refuses the hub's ticket",
      () => {
        realty.onStatus = () => ({ status: 401 });
      },
      { isReachable: true, error: "http_401", hubTicket: "refused", serviceTicket: "unknown" },
    ],
    [
      "it fails",
      () => {
        realty.onStatus = () => ({ status: 500 });
      },
      { isReachable: true, error: "http_500", hubTicket: "unknown" },
    ],
    [
      "its answer cannot be read",
      () => {
        realty.onStatus = () => ({ status: 200, body: "<html>" });
      },
      { error: "unreadable", hubTicket: "accepted", missingCategories: ["1", "2"] },
    ],
    [
      "it leaves a category out",
      () => {
        const categories = [{ id: "1", data_state: "empty" }];
        realty.onStatus = () => ({ status: 200, body: { categories } });
      },
      { error: null, serviceTicket: "accepted", missingCategories: ["2"] },
    ],
    [
      "its clock is off",
      () => {
        const date = new Date(Date.now() - 3_600_000).toUTCString();
        realty.onStatus = () => ({
          status: 200,
          body: { data_state: "empty" },
          headers: { date },
        });
      },
      { hubTicket: "accepted", serviceTicket: "accepted" },
    ],
    [
      "it never reports",
      () => {
        realty.onDelete = () => ({ status: 200 });
      },
      { hubTicket: "accepted", serviceTicket: "no_report" },
    ],
    [
      "its deletion fails",
      () => {
        realty.onDelete = () => ({ status: 500 });
      },
      { error: "http_500", serviceTicket: "unknown" },
    ],
  ])("%s", async (_, spoil, expected) => {
    spoil();
    const result = await check("realty");
    expect(result).toMatchObject(expected);
    expect(isCheckOk(result)).toBe(false);
  });

  test("its ticket is refused by the hub: its report does not count", async () => {
    realty.onDelete = reportsAs({ name: "realty", client: await createClient("realty") });
    expect(await check("realty")).toMatchObject({ serviceTicket: "no_report" });
  });

  test("another service's report does not count", async () => {
    realty.onDelete = reportsAs(travel);
    expect(await check("realty")).toMatchObject({ serviceTicket: "no_report" });
  });

  test("it is not there", async () => {
    const gone = await startFakeService("gone");
    await using other = await createTestHub({ services: [[gone]] });
    await gone[Symbol.asyncDispose]();
    expect(await checkService(other.flows, { service: "gone" })).toMatchObject({
      isReachable: false,
      error: "no_connection",
      hubTicket: "unknown",
    });
  });
});

describe("by the admin API", () => {
  const ask = async (name: string) =>
    await readAnswer(
      "checkService",
      await desk.act(hub, `/admin/v1/services/${name}/check`, { body: { reason: "before" } }),
    );

  test("it is told and audited", async () => {
    await hub.sql`truncate audit_events`;
    const { body } = await ask("realty");
    expect(body).toEqual({
      service: "realty",
      is_ok: true,
      is_reachable: true,
      hub_ticket: "accepted",
      service_ticket: "accepted",
      clock_difference_ms: expect.any(Number),
      missing_categories: [],
    });
    expect(await readAudit(hub)).toEqual(["desk/alice checkService realty (before) ok"]);
  });

  test("a service that is not configured is not found", async () => {
    expect((await ask("nobody")).code).toBe("not_found");
  });
});
