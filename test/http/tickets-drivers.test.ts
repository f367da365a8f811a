import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { createLog } from "../../src/log.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { type Driver, drivers, type Flaw } from "./tickets/drivers.ts";

const flaws: Flaw[] = ["expired", "for another", "by a stranger", "cut short", "changed"];

interface Shown {
  readonly service?: string;
  readonly user?: string;
  /** Reports as a service instead of asking for the status as a portal. */
  readonly report?: boolean;
}

/** The same for every driver: what is shown, and what the caller is told. Source: contract, section 3. */
const refusals: [
  guarantee: string,
  show: (driver: Driver) => Shown,
  status: number,
  code: string,
][] = [
  ["no ticket at all", () => ({}), 401, "service_ticket_missing"],
  ["a user ticket alone", (on) => ({ user: on.user() }), 401, "service_ticket_missing"],
  [
    "a service ticket alone",
    (on) => ({ service: on.service("passport") }),
    401,
    "user_ticket_missing",
  ],
  ...flaws.map((flaw): (typeof refusals)[number] => [
    `a service ticket that is ${flaw}`,
    (on) => ({ service: on.service("passport", flaw), user: on.user() }),
    401,
    "service_ticket_invalid",
  ]),
  ...flaws.map((flaw): (typeof refusals)[number] => [
    `a user ticket that is ${flaw}`,
    (on) => ({ service: on.service("passport"), user: on.user(flaw) }),
    401,
    "user_ticket_invalid",
  ]),
  [
    "a user ticket for both",
    (on) => ({ service: on.user(), user: on.user() }),
    401,
    "service_ticket_invalid",
  ],
  [
    "a service ticket for both",
    (on) => ({ service: on.service("passport"), user: on.service("passport") }),
    401,
    "user_ticket_invalid",
  ],
  ["junk", () => ({ service: "x", user: "x" }), 401, "service_ticket_invalid"],
  ["a ticket of 9 KiB", () => ({ service: "x".repeat(9_216) }), 401, "service_ticket_invalid"],
  [
    "an unknown client",
    (on) => ({ service: on.service("nobody"), user: on.user() }),
    401,
    "service_ticket_invalid",
  ],
  [
    "the hub itself",
    (on) => ({ service: on.service("takeout"), user: on.user() }),
    401,
    "service_ticket_invalid",
  ],
  [
    "a portal without the right",
    (on) => ({ service: on.service("reader"), user: on.user() }),
    403,
    "source_forbidden",
  ],
  [
    "a service on the portal's surface",
    (on) => ({ service: on.service("realty"), user: on.user() }),
    403,
    "source_forbidden",
  ],
  [
    "an operators' client on the portal's surface",
    (on) => ({ service: on.service("desk"), user: on.user() }),
    403,
    "source_forbidden",
  ],
  [
    "a portal on the services' surface",
    (on) => ({ service: on.service("passport"), report: true }),
    403,
    "source_forbidden",
  ],
  [
    "an unknown client on the services' surface",
    (on) => ({ service: on.service("nobody"), report: true }),
    401,
    "service_ticket_invalid",
  ],
  [
    "a bad ticket on the services' surface",
    (on) => ({ service: on.service("realty", "expired"), report: true }),
    401,
    "service_ticket_invalid",
  ],
];

describe.each(Object.entries(drivers))("with the driver %s", (name, startDriver) => {
  let driver: Driver;
  let service: FakeService;
  let hub: TestHub;
  let app: ReturnType<typeof createApp>;
  let lines: string[];

  beforeAll(async () => {
    [driver, service] = [await startDriver(), await startFakeService("realty")];
    // biome-ignore lint/suspicious/noExplicitAny: JWKs of ours as those of jose
    const client = { ...service.client, jwks: driver.serviceKeys as any };
    driver.beUnreachable(); // the hub starts all the same
    hub = await createTestHub({
      services: [[{ name: service.name, url: service.url, client }]],
      config: driver.config,
    });
    const log = createLog("trace", { write: (line) => void lines.push(line) });
    app = createApp({ ...hub.context.http, log });
  });

  beforeEach(() => {
    lines = [];
    if (name === "tvmtool") driver.beReachable();
  });

  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
    await driver[Symbol.asyncDispose]();
  });

  const ask = async ({ service, user, report }: Shown): Promise<Response> => {
    const headers = {
      ...(service !== undefined && { "x-ya-service-ticket": service }),
      ...(user !== undefined && { "x-ya-user-ticket": user }),
    };
    return report
      ? await app.request("/takeout/set_data_status", { method: "POST", headers, body: "{}" })
      : await app.request("/1/takeout/status/", { headers });
  };

  const codeOf = async (response: Response) => {
    const body = (await response.json()) as { code?: string; errors?: { code: string }[] };
    return body.code ?? body.errors?.[0]?.code;
  };

  test.each(refusals)("is refused: %s", async (_, show, status, code) => {
    const shown = show(driver);
    const response = await ask(shown);
    expect(response.status).toBe(status);
    expect(response.headers.has("retry-after")).toBe(false);
    expect(await codeOf(response)).toBe(code);
    const reason = code.endsWith("_missing") ? "missing" : expect.stringMatching(/^(?!missing$)./);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      status === 401 ? [{ level: 40, reason }] : [],
    );
    for (const ticket of [shown.service, shown.user]) {
      if (ticket && ticket.length > 1) expect(lines.join()).not.toContain(ticket);
    }
  });

  test("nobody is refused whose tickets cannot be checked: 503, and a time to come again", async () => {
    driver.beUnreachable();
    const response = await ask({ service: driver.service("late"), user: driver.user() });
    expect(response.status).toBe(503);
    expect(await codeOf(response)).toBe("auth_unavailable");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    driver.beReachable();
    const again = async () => (await ask({ service: driver.service("late") })).status;
    await expect.poll(again, { timeout: 90_000 }).toBe(401); // its user ticket is what is missing now
  });

  test("who shows both tickets is served, and the service is asked with a ticket of the hub", async () => {
    const response = await ask({ service: driver.service("passport"), user: driver.user() });
    expect(response.status).toBe(200);
    const [call] = service.calls;
    const ticket = call?.headers["x-ya-service-ticket"];
    if (name === "tvmtool") expect(ticket).toMatch(/^3:serv:/);
    else expect(ticket).toMatch(/^eyJ/);
  });

  test("a service that reports is known by its name", async () => {
    const response = await app.request("/takeout/set_data_status", {
      method: "POST",
      headers: {
        "x-ya-service-ticket": driver.service("realty"),
        "content-type": "application/json",
      },
      body: JSON.stringify({
        yandex_uid: "4001",
        category_id: "1",
        state: "deleted",
        service: "realty",
      }),
    });
    expect(response.status).toBe(200);
  });

  test("the hub is ready, and shows the key that it signs with", async () => {
    expect((await app.request("/health/ready")).status).toBe(200);
    const jwks = await (await app.request("/.well-known/jwks.json")).json();
    expect(jwks).toEqual({ keys: [expect.objectContaining({ kid: expect.any(String) })] });
  });
});
