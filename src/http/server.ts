import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer, getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import { operations } from "../../generated/operations.ts";
import { TakeoutError } from "../domain/errors.ts";
import { bodyWithinMs } from "./body.ts";
import { presentProblem, toResponse } from "./present.ts";

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
      // Uploads take as long as they need; the net under the others is spread below.
      requestTimeout: 0,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 30_000,
      maxHeaderSize: 32 * 1024,
      // One without it is answered below, like every other that cannot be routed.
      requireHostHeader: false,
    },
  }) as Server;
  // The listener that comes with it answers what it cannot route with an empty 400.
  server.removeAllListeners("request");
  server.on("request", cutSlowSender);
  server.on("request", getRequestListener(app.fetch, { errorHandler: answerUnrouted }));
  server.on("clientError", answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    close: createClose(server),
  };
}

/**
 * Lets connections that were made be accepted, and requests that were sent be read: closing throws away what nobody has
 * looked at yet, on a connection that seems idle.
 */
async function readArrived(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function createClose(server: Server): () => Promise<void> {
  let isClosing = false;
  server.prependListener("request", (_, response) => {
    // Its connection is idle only after this event, and would be kept for the next request.
    response.once("close", () => isClosing && setImmediate(() => server.closeIdleConnections()));
  });
  return async () => {
    isClosing = true;
    await readArrived();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), closeWithinMs);
    await closed.finally(() => clearTimeout(timer));
  };
}

/** What is HTTP but names no host or target that can be routed; anything else here would be our own fault. */
function answerUnrouted(error: unknown): Response {
  const code = error instanceof RequestError ? "bad_request" : "internal_error";
  const requestId = randomUUID();
  return toResponse(presentProblem(new TakeoutError(code), requestId), requestId);
}

const uploadPaths = Object.values(operations)
  .filter(({ upload }) => upload)
  .map(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/?]+")}`));

/**
 * A JSON body has a deadline of its own, which answers properly, and an upload one for standing still; this is the net.
 * What is left of an upload that was answered already is not waited for any longer.
 */
function cutSlowSender(request: IncomingMessage, response: ServerResponse): void {
  const { headers, url = "" } = request;
  const hasBody = headers["content-length"] !== undefined || "transfer-encoding" in headers;
  if (!hasBody) return;
  const watch = () => {
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy();
    }, bodyWithinMs * 2);
    request.once("close", () => clearTimeout(timer));
  };
  if (!uploadPaths.some((path) => path.test(url))) watch();
  else response.once("finish", () => request.complete || watch());
}

const answered = new WeakSet<Socket>();
/** How long a sender that was refused has to read why; cut at once, it might never see the answer. */
const lingerMs = 500;

/** What arrives too slowly or is not HTTP never reaches a route, and is still told what is wrong. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (answered.has(socket)) return; // more of what was refused
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  answered.add(socket);
  const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const requestId = randomUUID();
  const { status, body, headers } = presentProblem(
    new TakeoutError(isSlow ? "request_timeout" : "bad_request"),
    requestId,
  );
  const lines = Object.entries({
    ...headers,
    "cache-control": "no-store",
    "x-request-id": requestId,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${isSlow ? "Request Timeout" : "Bad Request"}\r\n${lines.join("")}\r\n${body}`,
  );
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
}
