import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { askStatus } from "../../src/connected/ask-status.ts";
import { createServiceClient } from "../../src/connected/service-client.ts";
import { bareIdentity } from "../../src/domain/identity.ts";
import { startFakeService } from "../support/fake-service.ts";

const call = {
  ...{ path: "/v1/takeout/delete/", body: { categories: ["1"] }, requestId: "r" },
  ...{ timeoutMs: 20_000, readBody: () => false },
};

test("a request that may not be sent any more when its connection is there is not sent, not a byte of it", async () => {
  let bytes = 0;
  const server = createServer((socket) => socket.on("data", (chunk) => (bytes += chunk.length)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  const client = createServiceClient({ url, concurrency: 1, ticket: () => "t" });
  const asked: string[] = [];
  const maySend = () => {
    asked.push("asked");
    return false;
  };
  expect(await client.post({ ...call, maySend })).toEqual({ kind: "no_answer", code: "not_sent" });
  expect(asked).toEqual(["asked"]);
  await client.close();
  expect(bytes).toBe(0);
});

test("one that may be sent is, and the next one too", async () => {
  await using service = await startFakeService("realty");
  const client = createServiceClient({ url: service.url, concurrency: 1, ticket: () => "t" });
  const late = await client.post({ ...call, maySend: () => false });
  expect(late).toMatchObject({ code: "not_sent" });
  for (const maySend of [() => true, undefined]) {
    const reply = await client.post({ ...call, ...(maySend && { maySend }) });
    expect(reply).toMatchObject({ kind: "answer", status: 200 });
  }
  expect(service.deletes()).toHaveLength(2);
  await client.close();
});

test("a service that is not to be asked for its status any more is not asked, and did not fail to answer", async () => {
  await using service = await startFakeService("realty");
  const client = createServiceClient({ url: service.url, concurrency: 1, ticket: () => "t" });
  const question = {
    ...{ identity: bareIdentity("1"), categoryIds: ["1"], takeoutRequestId: null },
    ...{ requestId: "r", timeoutMs: 20_000 },
  };
  const unsent = { kind: "unsent", code: "not_sent" };
  expect(await askStatus(client, { ...question, maySend: () => false })).toEqual(unsent);
  expect(await askStatus(client, { ...question, maySend: () => true })).toMatchObject({
    kind: "answer",
  });
  expect(service.statuses()).toHaveLength(1);
  await client.close();
});
