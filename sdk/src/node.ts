// From a fetch handler to what node:http, Express, Fastify and NestJS call. Imports nothing of Node but types.
import type { IncomingMessage, ServerResponse } from "node:http";

/** What `createTakeoutService` gives, or anything that answers a `Request`. */
export interface FetchHandler {
  fetch(request: Request): Response | Promise<Response>;
}

/** A listener for `createServer`, and a middleware for whatever calls it with `next`. */
export type NodeHandler = (
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

const ours = /^\/v1\/takeout(\/|$)/;

/**
 * Makes a listener of `node:http` of a service. As a middleware it answers `/v1/takeout/…` and leaves
 * everything else to `next`. A body that was parsed before is taken as it is; mount it before the
 * parser all the same, which may refuse what the hub may send (1 MiB).
 */
export function createNodeHandler(service: FetchHandler): NodeHandler {
  return (request, response, next) => {
    const path = (request.url ?? "").replace(/[?#].*$/, "");
    if (next && !ours.test(path)) return next();
    answer(service, request, response).catch((error: unknown) => {
      if (next && !response.headersSent) next(error);
      else response.destroy();
    });
  };
}

async function answer(
  service: FetchHandler,
  incoming: Parameters<NodeHandler>[0],
  outgoing: ServerResponse,
): Promise<void> {
  const request = toRequest(incoming);
  const response = request ? await service.fetch(request) : new Response(null, { status: 400 });
  const body = new Uint8Array(await response.arrayBuffer());
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  outgoing.setHeader("content-length", body.byteLength);
  // What was not read of the body would be taken for the next request.
  if (!incoming.complete) outgoing.setHeader("connection", "close");
  outgoing.end(incoming.method === "HEAD" ? undefined : body);
}

function toRequest(incoming: Parameters<NodeHandler>[0]): Request | undefined {
  const { method = "GET", url = "" } = incoming;
  // Whatever the caller takes for the host, the path alone counts.
  const address = url.startsWith("/") ? `http://localhost${url}` : url;
  if (!URL.canParse(address) || /^(CONNECT|TRACE|TRACK)$/i.test(method)) return undefined;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? bodyOf(incoming) : null;
  // `duplex` is not in every library's types yet.
  return new Request(address, { method, headers, body, duplex: "half" } as RequestInit);
}

function bodyOf(incoming: Parameters<NodeHandler>[0]): NonNullable<RequestInit["body"]> {
  const { body } = incoming;
  if (body === undefined || !incoming.readableEnded) return streamOf(incoming);
  if (typeof body === "string" || body instanceof Uint8Array)
    return body as Uint8Array<ArrayBuffer> | string;
  return JSON.stringify(body);
}

function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // Destroying it would end the connection before the answer is out.
    cancel: () => void incoming.resume(),
  });
}
