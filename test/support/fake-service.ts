import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, type TestClient } from "./tickets.ts";

export interface ReceivedCall {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: a body as it came over the wire
  readonly body: any;
  readonly headers: IncomingMessage["headers"];
  readonly at: number;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export type Behaviour = (call: ReceivedCall) => Answer | Promise<Answer>;

/** A connected service over real HTTP that does what a test tells it to, and remembers every call. */
export interface FakeService extends AsyncDisposable {
  readonly name: string;
  readonly client: TestClient;
  readonly url: string;
  readonly calls: ReceivedCall[];
  onDelete: Behaviour;
  onStatus: Behaviour;
  onExport: Behaviour;
  deletes(): ReceivedCall[];
  statuses(): ReceivedCall[];
  exports(): ReceivedCall[];
}

export async function startFakeService(name: string): Promise<FakeService> {
  const calls: ReceivedCall[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const service: FakeService = {
    name,
    client: await createClient(name),
    url: `http://127.0.0.1:${port}`,
    calls,
    onDelete: () => ({ status: 200 }),
    onStatus: () => ({ status: 200, body: { data_state: "ready_to_delete" } }),
    onExport: () => ({ status: 200, body: { status: "no_data" } }),
    deletes: () => calls.filter(({ path }) => path === "/v1/takeout/delete/"),
    statuses: () => calls.filter(({ path }) => path === "/v1/takeout/status/"),
    exports: () => calls.filter(({ path }) => path === "/v1/takeout/export/"),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const call: ReceivedCall = {
      path: request.url ?? "",
      body: text === "" ? undefined : JSON.parse(text),
      headers: request.headers,
      at: Date.now(),
    };
    calls.push(call);
    const behave = behaviourOf(call.path);
    const { status, body, headers } = await behave(call);
    const payload =
      typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(payload);
  }

  function behaviourOf(path: string): Behaviour {
    if (path === "/v1/takeout/export/") return service.onExport;
    return path.includes("status") ? service.onStatus : service.onDelete;
  }

  return service;
}
