import type { Hono } from "hono";
import { type Operation, type OperationId, operations } from "../../../generated/operations.ts";
import type { TestClient } from "../../support/tickets.ts";
import { newUid } from "./uids.ts";

export const all: readonly Operation[] = Object.values(operations);
export const withTickets = all.filter(
  ({ audience, role }) => ["portal", "service"].includes(audience) || role !== null,
);
export const withUser = all.filter(({ userTicket }) => userTicket === "required");
export const withBody = all.filter(({ body }) => body);

/** Titles for `test.each`. */
export const titled = (chosen: readonly Operation[]) =>
  chosen.map((operation) => [operation.id, operation] as const);

type WithBody = {
  [Id in OperationId]: (typeof operations)[Id]["body"] extends true ? Id : never;
}[OperationId];

/** A good body of each operation that takes one, with every field that there is. */
const goodBodies: { readonly [Id in WithBody]: Record<string, unknown> } = {
  deleteData: { id: ["1"] },
  downloadExport: { job_id: "0197d3a2-7c1e-7aaa-8bbb-000000000002" },
  setExportStatus: {
    yandex_uid: "4001",
    job_id: "0197d3a2-7c1e-7aaa-8bbb-000000000002",
    service: "realty",
    state: "exported",
    files: [{ name: "x", sha256: "0".repeat(64) }],
    error: { code: "x", message: "y" },
    retriable: true,
  },
  retryExport: { reason: "why" },
  setDataStatus: {
    yandex_uid: "4001",
    category_id: "1",
    state: "deleted",
    service: "realty",
    deletion_id: "0197d3a2-7c1e-7aaa-8bbb-000000000001",
    attempt: 1,
    outcome: "retained",
    retained_until: "2030-01-01T00:00:00Z",
    reason: "tax_law",
    error: { code: "x", message: "y" },
    retriable: true,
    completed_at: "2025-03-01T10:00:00Z",
    from: "2025-03-01T10:00:00Z",
    to: "2025-03-01T10:00:00Z",
  },
  createDeletion: { uid: "4009", categories: ["1"], reason: "why" },
  retryDeletion: { reason: "why" },
  cancelDeletion: { reason: "why" },
  resolveDeletion: { state: "resolved", service: "realty", reason: "why" },
  pauseService: { reason: "why" },
  resumeService: { reason: "why" },
  checkService: { reason: "why" },
  placeHold: { uid: "4009", categories: ["1"], reason: "why" },
};

export function goodBody({ id }: Operation): Record<string, unknown> | null {
  return id in goodBodies ? goodBodies[id as WithBody] : null;
}

/** What stands for `{name}` in a path; a test puts in ids of what it has made. */
export const inPaths: Record<string, string> = {
  asset: "swagger-ui.css",
  name: "realty",
  job_id: "0197d3a2-7c1e-7aaa-8bbb-000000000002",
};

/** Whether some operation has this path, whatever the method. */
export function isRouted(path: string): boolean {
  const bare = path.replace(/\/$/, "");
  return all.some((operation) =>
    new RegExp(`^${operation.path.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(bare),
  );
}

/** The operator that `sendTo` speaks for. */
export const login = "alice";

/** Whose export a test has made, and put into `inPaths`. */
export const exportOwner = "4001";

/** What the portal's operations know, and all others ignore. */
export function goodPath({ id, path }: Operation): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inPaths[name] ?? name);
  const uid = id === "getExportStatus" ? exportOwner : newUid();
  return `${filled}?request_id=r&uid=${uid}&job_id=${inPaths.job_id}`;
}

/** For whom a good request is sent; a user whom no limit has counted yet, where it does not matter who. */
function userOf({ id, role }: Operation): string {
  if (role !== null) return login;
  return id === "downloadExport" ? exportOwner : newUid();
}

export interface Clients {
  readonly portal: TestClient;
  readonly service: TestClient;
  readonly operator?: TestClient;
}

/** Who may call an operation. */
export function callerOf({ audience, role }: Operation, clients: Clients): TestClient {
  if (role !== null && clients.operator) return clients.operator;
  return audience === "service" ? clients.service : clients.portal;
}

/** The headers of a good request; each may be replaced, or left out with `null`. */
async function headersFor(
  operation: Operation,
  clients: Clients,
  change: Record<string, string | null> = {},
): Promise<Record<string, string>> {
  const caller = callerOf(operation, clients);
  const user = userOf(operation);
  const headers: Record<string, string | null> = {
    ...(withTickets.includes(operation) && { "x-ya-service-ticket": await caller.serviceTicket() }),
    ...(withUser.includes(operation) && { "x-ya-user-ticket": await caller.userTicket(user) }),
    ...(operation.body && { "content-type": "application/json" }),
    ...change,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

export type SentBody = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | null>;
  /** What is sent as it is; by default the good body. */
  readonly body?: SentBody;
}

/** Sends a request that is good but for what is given. */
export async function sendTo(
  app: Hono,
  operation: Operation,
  clients: Clients,
  sent: Sent = {},
): Promise<Response> {
  const method = sent.method ?? operation.method.toUpperCase();
  const ownBody = goodBody(operation);
  const body = sent.body ?? (ownBody && JSON.stringify(ownBody));
  const request = new Request(new URL(sent.path ?? goodPath(operation), "http://hub"), {
    method,
    headers: await headersFor(operation, clients, sent.headers),
    ...(body !== null && !["GET", "HEAD"].includes(method) && { body, duplex: "half" }),
  });
  return await app.request(request);
}
