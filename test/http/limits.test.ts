import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { operations } from "../../generated/operations.ts";
import type { Config } from "../../src/config/types.ts";
import { createApp } from "../../src/http/app.ts";
import { createLimits, type Limits } from "../../src/http/limits/limits.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { createClient, type TestClient } from "../support/tickets.ts";
import { readAnswer } from "./support/answers.ts";
import { all, goodBody, type Sent, sendTo, withTickets } from "./support/requests.ts";
import { dumpTables } from "./support/tables.ts";
import { newUid } from "./support/uids.ts";

const { getStatus, deleteData, setDataStatus } = operations;

let hub: TestHub;
let realty: FakeService;
let travel: FakeService;
let passport: TestClient;
let mail: TestClient;

beforeAll(async () => {
  // Everything that looks at the clock of this process sees the one that the tests hold.
  vi.useFakeTimers({ toFake: ["Date"] });
  [realty, travel] = await Promise.all([startFakeService("realty"), startFakeService("travel")]);
  [passport, mail] = await Promise.all([createClient("passport"), createClient("mail")]);
  const portals = [passport, mail].map(({ name, jwks }, index) => ({
    name,
    // biome-ignore lint/suspicious/noExplicitAny: JWKs of jose as ours
    keys: jwks as any,
    allow: new Set(["status", "delete", "export"] as const),
    errorsAs200: index === 1,
    requireUserTicket: false,
  }));
  hub = await createTestHub({
    services: [[realty], [travel]],
    config: { portals: new Map(portals.map((portal) => [portal.name, portal])) },
  });
});
afterAll(async () => {
  vi.useRealTimers();
  await hub[Symbol.asyncDispose]();
  await realty[Symbol.asyncDispose]();
  await travel[Symbol.asyncDispose]();
});

function passTime(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

interface LimitedHub {
  readonly limits: Limits;
  /** Sends a good request, as a portal for a user (a new one by default). */
  ask(sent?: Asked): Promise<Response>;
  /** Sends a good report, as realty by default. */
  report(sent?: Asked): Promise<Response>;
}

interface Asked extends Sent {
  readonly operation?: typeof getStatus | typeof deleteData;
  readonly client?: TestClient;
  readonly uid?: string;
}

/** The hub as it is after a start with these limits; what is not given is beyond reach. */
function startWith(
  counts: Partial<Record<keyof Config["limits"], number>>,
  http: Partial<TestHub["context"]["http"]> = {},
): LimitedHub {
  const anHour = (count = 1_000_000) => ({ count, perMs: 3_600_000 });
  const limits = createLimits({
    portal: anHour(counts.portal),
    user: anHour(counts.user),
    service: anHour(counts.service),
  });
  const app = createApp({ ...hub.context.http, limits, ...http });
  const send: LimitedHub["ask"] = async ({ operation = getStatus, client, uid, ...sent } = {}) => {
    const portal = client ?? passport;
    const userTicket = await portal.userTicket(uid ?? newUid());
    return await sendTo(
      app,
      operation,
      { portal, service: realty.client },
      { ...sent, headers: { "x-ya-user-ticket": userTicket, ...sent.headers } },
    );
  };
  const report: LimitedHub["report"] = ({ client = realty.client, ...sent } = {}) => {
    const service = client.name;
    const body = JSON.stringify({ ...goodBody(setDataStatus), service, deletion_id: undefined });
    return sendTo(app, setDataStatus, { portal: passport, service: client }, { body, ...sent });
  };
  return { limits, ask: send, report };
}

const statusesOf = async (count: number, send: () => Promise<Response>): Promise<number[]> => {
  const statuses: number[] = [];
  for (let n = 0; n < count; n++) statuses.push((await send()).status);
  return statuses;
};

async function countLimited(): Promise<Record<string, number>> {
  const { text } = await hub.context.http.metrics.render();
  const lines = text.matchAll(/^takeout_http_rate_limited_total\{limit="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, limit, count]) => [limit, Number(count)]));
}

/** Each limit at three an hour, and a request that it counts. */
const limited = [
  ["portal", "getStatus", (it: LimitedHub) => it.ask()],
  ["portal", "deleteData", (it: LimitedHub) => it.ask({ operation: deleteData })],
  ["user", "getStatus", (it: LimitedHub) => it.ask({ uid: "4001" })],
  ["user", "deleteData", (it: LimitedHub) => it.ask({ operation: deleteData, uid: "4002" })],
  ["service", "setDataStatus", (it: LimitedHub) => it.report()],
] as const;

describe.each(limited)("the limit of a %s on %s", (name, operation, send) => {
  test("lets as many pass as it says, refuses the next, and says truly when one passes again", async () => {
    const it = startWith({ [name]: 3 });
    expect(await statusesOf(1, () => send(it))).toEqual([200]);
    passTime(1_500);
    expect(await statusesOf(2, () => send(it))).toEqual([200, 200]);
    const answer = await readAnswer(operation, await send(it));
    expect([answer.status, answer.code]).toEqual([429, "rate_limited"]);
    // 3598.5 seconds, rounded up.
    expect(answer.headers.get("retry-after")).toBe("3599");
    passTime(3_598_000);
    expect((await send(it)).headers.get("retry-after")).toBe("1");
    passTime(1_000);
    expect(await statusesOf(4, () => send(it))).toEqual([200, 200, 200, 429]);
  });

  test("refuses before the database or a service is asked or the body read", async () => {
    const reached: PropertyKey[] = [];
    const flows = new Proxy(hub.flows, {
      get(target, property) {
        if (property !== "registry") reached.push(property);
        return Reflect.get(target, property);
      },
    });
    const it = startWith({ [name]: 1 }, { flows });
    expect((await send(it)).status).toBe(200);
    expect(reached).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(store|accept|readLedger|move)$/)]),
    );
    const [stored, calls] = [await dumpTables(hub), realty.calls.length];
    reached.length = 0;
    expect(await statusesOf(20, () => send(it))).toEqual(Array(20).fill(429));
    // The caller's X-Request-Id is hashed for the log.
    expect(reached.filter((property) => property !== "subjects")).toEqual([]);
    expect(realty.calls).toHaveLength(calls);
    expect(await dumpTables(hub)).toEqual(stored);
  });

  test("is counted where operators see it, by name alone", async () => {
    const it = startWith({ [name]: 1 });
    await send(it);
    const before = await countLimited();
    await statusesOf(7, () => send(it));
    expect(await countLimited()).toEqual({ ...before, [name]: (before[name] ?? 0) + 7 });
    expect(Object.keys(before)).toEqual(["portal", "user", "service"]);
  });
});

test.each([
  ["deleteData", (it: LimitedHub, sent: Sent) => it.ask({ operation: deleteData, ...sent })],
  ["setDataStatus", (it: LimitedHub, sent: Sent) => it.report(sent)],
] as const)(
  "a limited %s is refused whatever its body is, and nothing of it is read",
  async (_, send) => {
    const it = startWith({ portal: 1, service: 1 });
    await send(it, {});
    const pulls: number[] = [];
    const endless = new ReadableStream({ pull: () => void pulls.push(1) }, { highWaterMark: 0 });
    for (const sent of [
      { body: endless },
      { body: "{" },
      { body: " ".repeat(65_537) },
      { headers: { "content-type": "text/plain" } },
    ]) {
      expect((await send(it, sent)).status).toBe(429);
    }
    expect(pulls).toEqual([]);
  },
);

test("a user's flood limits no other user, not even through what all users of the portal share", async () => {
  const it = startWith({ portal: 6, user: 3 });
  const flood = await statusesOf(50, () => it.ask({ uid: "4001" }));
  expect(flood.filter((status) => status === 200)).toHaveLength(3);
  expect(await statusesOf(3, () => it.ask({ uid: "4002" }))).toEqual([200, 200, 200]);
  expect((await it.ask({ uid: "4003" })).status).toBe(429); // the portal's limit, by what passed
});

test("a user is limited over all portals and operations together", async () => {
  const it = startWith({ user: 2 });
  await it.ask({ uid: "4001" });
  await it.ask({ uid: "4001", client: mail });
  expect((await it.ask({ uid: "4001", operation: deleteData })).status).toBe(429);
});

test("a portal's flood limits no other portal and no service", async () => {
  const it = startWith({ portal: 1, service: 1 });
  expect(await statusesOf(3, () => it.ask())).toEqual([200, 429, 429]);
  expect((await it.ask({ client: mail })).status).toBe(200);
  expect((await it.report()).status).toBe(200);
});

test("a service's flood limits no other service and no portal", async () => {
  const it = startWith({ portal: 1, service: 1 });
  expect(await statusesOf(3, () => it.report())).toEqual([200, 429, 429]);
  expect((await it.report({ client: travel.client })).status).toBe(200);
  expect((await it.ask()).status).toBe(200);
});

test("a portal that gets its errors as 200 gets this one so, and when to come again", async () => {
  const it = startWith({ user: 1 });
  await it.ask({ uid: "4001", client: mail });
  const response = await it.ask({ uid: "4001", client: mail });
  const answer = await readAnswer("getStatus", response, 429);
  expect([answer.status, answer.code]).toEqual([200, "rate_limited"]);
  expect(answer.headers.get("retry-after")).toBe("3600");
});

test("a portal with bad user tickets is limited too, and no user with it", async () => {
  const it = startWith({ portal: 2 });
  const headers = { "x-ya-user-ticket": "garbage" };
  expect(await statusesOf(3, () => it.ask({ headers }))).toEqual([401, 401, 429]);
  expect(it.limits.user.size()).toBe(0);
});

test("whoever shows no good service ticket, or one of another surface, leaves nothing in memory", async () => {
  const it = startWith({ portal: 1, user: 1, service: 1 });
  const stranger = await createClient("stranger");
  const tickets = [
    null,
    "garbage",
    await stranger.serviceTicket(),
    await passport.serviceTicket("realty"),
    `${(await passport.serviceTicket()).slice(0, -8)}AAAAAAAA`,
  ];
  for (const ticket of tickets) {
    const sent = { headers: { "x-ya-service-ticket": ticket } };
    expect(await statusesOf(3, () => it.ask(sent))).toEqual([401, 401, 401]);
    expect(await statusesOf(3, () => it.report(sent))).toEqual([401, 401, 401]);
  }
  const asService = { headers: { "x-ya-service-ticket": await realty.client.serviceTicket() } };
  expect(await statusesOf(3, () => it.ask(asService))).toEqual([403, 403, 403]);
  expect(await statusesOf(3, () => it.report({ client: passport }))).toEqual([403, 403, 403]);
  const sizes = [it.limits.portal, it.limits.user, it.limits.service].map((limit) => limit.size());
  expect(sizes).toEqual([0, 0, 0]);
});

test("health, metrics, the reference and the keys are never limited", async () => {
  const limits = createLimits({
    portal: { count: 1, perMs: 3_600_000 },
    user: { count: 1, perMs: 3_600_000 },
    service: { count: 1, perMs: 3_600_000 },
  });
  const app = createApp({ ...hub.context.http, limits });
  const open = all.filter((one) => !withTickets.includes(one) && one.id !== "getArchive");
  expect(open.length).toBeGreaterThan(5);
  for (const operation of open) {
    const send = () => sendTo(app, operation, { portal: passport, service: realty.client });
    expect(await statusesOf(5, send)).toEqual([200, 200, 200, 200, 200]);
  }
});
