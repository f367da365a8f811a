import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createClient, type TestClient } from "../support/tickets.ts";

export interface Report {
  body: Record<string, unknown>;
  headers: IncomingHttpHeaders;
}

export interface HubAnswer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** As much of a hub as a connected service sees: its keys, and where reports go. Keeps what it was sent. */
export interface FakeHub extends AsyncDisposable {
  url: string;
  client: TestClient;
  reports: Report[];
  /** How often its keys were read. */
  keyReads: number;
  /** What it answers to a report; the next of these, then 200. Null: it never answers. */
  answers: (HubAnswer | null)[];
  /** What it answers every report with instead, while set. */
  always: HubAnswer | undefined;
  /** Answers what it left unanswered. */
  release(): void;
}

export async function startFakeHub(): Promise<FakeHub> {
  const unanswered: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    if ((await answer(hub, request, response)) === null) unanswered.push(response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const hub: FakeHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client: await createClient("takeout"),
    reports: [],
    keyReads: 0,
    answers: [],
    always: undefined,
    release: () => unanswered.splice(0).forEach((response) => void response.end("{}")),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return hub;
}

async function answer(hub: FakeHub, request: IncomingMessage, response: ServerResponse) {
  if (request.url === "/.well-known/jwks.json") {
    hub.keyReads += 1;
    return response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify(hub.client.jwks));
  }
  const { url, method, headers } = request;
  if (url !== "/takeout/set_data_status" || method !== "POST") return response.writeHead(404).end();
  const body = JSON.parse((await request.toArray()).join(""));
  hub.reports.push({ body, headers });
  const next = hub.always ?? hub.answers.shift();
  if (next === null) return null;
  response.writeHead(next?.status ?? 200, next?.headers).end(next?.body ?? "{}");
}

/** An error as the hub says it. */
export function problem(status: number, code: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ title: "no", status, code, request_id: "call-1" });
  return { status, body, headers: { "content-type": "application/problem+json", ...headers } };
}
