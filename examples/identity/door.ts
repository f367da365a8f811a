import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { TicketVerifier } from "takeout-sdk/tickets";
import type { Sql } from "./database.ts";
import { resolve } from "./resolve.ts";

const problems = {
  bad_request: [400, "The body is not as it should be"],
  service_ticket_missing: [401, "A service ticket is required"],
  service_ticket_invalid: [401, "The service ticket is not accepted"],
  not_found: [404, "Only the uid is known"],
  body_too_large: [413, "The body is too large"],
  auth_unavailable: [503, "Tickets cannot be checked now"],
} as const;

/** The one question that the hub asks an identity service. Source: contract, section 9. */
export function createDoor(sql: Sql, verifier: TicketVerifier): Hono {
  const door = new Hono();
  const onError = (c: Context) => refuse(c, "body_too_large");
  door.post("/v1/identity/resolve", bodyLimit({ maxSize: 16 * 1024, onError }), async (c) => {
    const ticket = c.req.header("x-ya-service-ticket");
    if (!ticket) return refuse(c, "service_ticket_missing");
    const { kind } = await verifier.verify(ticket);
    if (kind === "unavailable") return refuse(c, "auth_unavailable");
    if (kind === "invalid") return refuse(c, "service_ticket_invalid");
    const body: unknown = await c.req.json().catch(() => null);
    const uid = (Object(body) as { yandex_uid?: unknown }).yandex_uid;
    if (typeof uid !== "string" || !/^[1-9][0-9]{0,31}$/.test(uid)) return refuse(c, "bad_request");
    const found = await resolve(sql, uid);
    return found ? c.json(found) : refuse(c, "not_found");
  });
  door.onError((error, c) => {
    console.error(`identity: ${error.name}`);
    return refuse(c, "auth_unavailable");
  });
  return door;
}

function refuse(c: Context, code: keyof typeof problems): Response {
  const [status, title] = problems[code];
  const given = c.req.header("x-request-id") ?? "";
  const requestId = /^[!-~]{1,128}$/.test(given) ? given : crypto.randomUUID();
  const body = JSON.stringify({ title, status, code, request_id: requestId });
  const headers = { "content-type": "application/problem+json", "x-request-id": requestId };
  return new Response(body, { status, headers });
}
