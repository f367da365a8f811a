import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPortalStorage } from "../../src/channels/portal-storage.ts";
import { until } from "../support/processes.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const stillForMs = 60_000;
const { signal } = new AbortController();

/** A storage that takes everything, and ends no answer: as many as are open. */
async function startEndlessStorage() {
  let open = 0;
  const server = createServer((request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    request.resume();
    response.writeHead(200).write("and so on");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    countOpen: () => open,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("an answer that never ends does not keep its connection for ever", async () => {
  await using endless = await startEndlessStorage();
  const ticket = () => "ticket";
  const storage = createPortalStorage({ url: endless.url, connections: 1, ticket });
  expect(await storage.notify("one", signal)).toEqual({ kind: "done" });
  expect(endless.countOpen()).toBe(1);
  await vi.advanceTimersByTimeAsync(stillForMs);
  vi.useRealTimers();
  await until("the answer to be given up", () => endless.countOpen() === 0, 3_000);
  expect(await storage.notify("two", signal)).toEqual({ kind: "done" });
  await storage.close();
});
