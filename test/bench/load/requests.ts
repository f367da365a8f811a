import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** One request as it goes over the wire. */
export type RawRequest = string;

/** What separates requests in a file. */
const separator = "\0";
const flushBytes = 1 << 20;

export interface RequestParts {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly serviceTicket?: string;
  readonly userTicket?: string;
  readonly body?: string;
}

export function rawRequest(parts: RequestParts): RawRequest {
  const { method = "GET", path, serviceTicket, userTicket, body } = parts;
  return [
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`,
    serviceTicket ? `X-Ya-Service-Ticket: ${serviceTicket}\r\n` : "",
    userTicket ? `X-Ya-User-Ticket: ${userTicket}\r\n` : "",
    body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : "",
    `\r\n${body ?? ""}`,
  ].join("");
}

/** Writes requests made beforehand, so that the load has nothing to compute. */
export async function writeRequests(file: string, requests: Iterable<RawRequest>): Promise<void> {
  await pipeline(inChunks(requests), createWriteStream(file));
}

function* inChunks(requests: Iterable<RawRequest>): Generator<string> {
  let chunk = "";
  for (const request of requests) {
    chunk += request + separator;
    if (chunk.length < flushBytes) continue;
    yield chunk;
    chunk = "";
  }
  if (chunk) yield chunk;
}
