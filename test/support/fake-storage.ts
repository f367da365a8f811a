import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the storage got it, whole. */
export interface StoredRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** A portal's storage over real HTTP that remembers every request, and answers as a test tells it to. */
export interface FakeStorage extends AsyncDisposable {
  readonly url: string;
  readonly requests: StoredRequest[];
  onRequest: (request: StoredRequest) => number | Promise<number>;
  /** What was asked, in order: `PUT rides/a.json`, `POST done`. */
  steps(): string[];
}

export async function startFakeStorage(): Promise<FakeStorage> {
  const requests: StoredRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const { method = "", url: path = "", headers } = request;
    const stored = { method, path, headers, body: Buffer.concat(chunks) };
    requests.push(stored);
    response.writeHead(await storage.onRequest(stored)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const storage: FakeStorage = {
    url: `http://127.0.0.1:${port}`,
    requests,
    onRequest: () => 204,
    steps: () =>
      requests.map(({ method, path }) => {
        const rest = path.replace(/^\/v1\/takeout\/exports\/[^/]+\/(files\/)?/, "");
        return `${method} ${decodeURIComponent(rest)}`;
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return storage;
}
