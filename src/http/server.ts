import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { TakeoutError } from "../domain/errors.ts";
import { bodyWithinMs } from "./body.ts";
import { presentProblem } from "./present.ts";

export interface ListeningServer {
  readonly address: string;
  /** Takes no new requests, lets the running ones end (at most 10 s), then closes. */
  close(): Promise<void>;
}

const closeWithinMs = 10_000;

/** @throws the system's error, such as EADDRINUSE, when the address cannot be listened on. */
export async function listen(
  app: Hono,
  options: { readonly host: string; readonly port: number },
): Promise<ListeningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: bodyWithinMs,
      // The body has a deadline of its own, which answers properly; this one is the net under it.
      requestTimeout: bodyWithinMs * 2,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 32 * 1024,
    },
  }) as Server;
  server.on("clientError", answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), closeWithinMs);
      await closed.finally(() => clearTimeout(timer));
    },
  };
}

/** What arrives too slowly or is not HTTP never reaches a route, and is still told what is wrong. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const reply = presentProblem(
    new TakeoutError(isSlow ? "request_timeout" : "bad_request"),
    "none",
  );
  socket.end(
    `HTTP/1.1 ${reply.status} ${isSlow ? "Request Timeout" : "Bad Request"}\r\n` +
      `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(reply.body)}\r\n` +
      `connection: close\r\n\r\n${reply.body}`,
  );
}
