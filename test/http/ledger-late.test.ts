import { afterAll, beforeAll, expect, test } from "vitest";
import type { LogFields } from "../../src/flows/context.ts";
import { createApp } from "../../src/http/app.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";

let hub: TestHub;
const alpha = await startFakeService("alpha");

beforeAll(async () => {
  hub = await createTestHub({ services: [[alpha, {}]] });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  await alpha[Symbol.asyncDispose]();
});

test("a request that waited for the ledger in vain is refused, and the log says which", async () => {
  const told: [string, LogFields][] = [];
  const say = (fields: object, text: string) => void told.push([text, fields]);
  const app = createApp({ ...hub.context.http, log: { warn: say, error: say } });
  await hub.sql.begin(async (sql) => {
    await sql`lock table deletion_categories in access exclusive mode`;
    const response = await app.request("/1/takeout/status/", {
      headers: {
        "x-ya-service-ticket": await hub.portal.serviceTicket(),
        "x-ya-user-ticket": await hub.portal.userTicket("1"),
      },
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  });
  expect(told).toEqual([
    [
      "request refused",
      {
        operation: "getStatus",
        request: expect.stringMatching(/^[0-9a-f-]+$/),
        code: "unavailable",
        count: 1,
        error: expect.objectContaining({ code: "unavailable" }),
      },
    ],
  ]);
});
