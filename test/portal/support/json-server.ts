import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonAnswer {
  readonly status?: number;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody over real HTTP who says what a test wants, and remembers what was asked: method and path. */
export interface JsonServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: string[];
  answer: (request: IncomingMessage) => JsonAnswer | Promise<JsonAnswer>;
}

export async function startJsonServer(answer: JsonServer["answer"]): Promise<JsonServer> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    const { status = 200, body = {}, headers } = await itself.answer(request);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const itself: JsonServer = {
    url: `http://127.0.0.1:${port}`,
    asked,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return itself;
}
