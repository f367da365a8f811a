import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { jobPattern } from "../hub/export-answers.ts";
import type { CheckHub } from "../hub/hub-ticket.ts";
import { type CopyStorage, mostBytes, TooLargeError } from "./storage.ts";

const refusals = {
  bad_request: [400, "The request is not as it must be"],
  service_ticket_missing: [401, "The service ticket is missing"],
  service_ticket_invalid: [401, "The service ticket is not valid"],
  not_found: [404, "There is nothing here"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body must be JSON"],
  auth_unavailable: [503, "The ticket cannot be checked now"],
} as const;

const ticketRefusals = {
  missing: "service_ticket_missing",
  invalid: "service_ticket_invalid",
  unavailable: "auth_unavailable",
} as const;

const servicePattern = /^[a-z][a-z0-9_-]{0,62}$/;
const digestPattern = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;
const longestList = 1024 * 1024;

/** The door that the hub knocks at: `api/portal-storage.yaml`. */
export function createStorageApp(storage: CopyStorage, checkHub: CheckHub): Hono {
  const app = new Hono().basePath("/v1/takeout/exports/:job");

  app.use(async (c, next) => {
    const checked = await checkHub(c.req.header("x-ya-service-ticket"));
    if (checked !== "ok") return refuse(c, ticketRefusals[checked]);
    return jobPattern.test(c.req.param("job") ?? "") ? await next() : refuse(c, "not_found");
  });
  app.onError((error, c) => {
    if (error instanceof TooLargeError) return refuse(c, "body_too_large");
    // Whoever was sending is gone, and so is what was kept of it.
    if (Object(error).code === "ECONNRESET") return refuse(c, "bad_request");
    throw error;
  });

  app.put("/files/:service/:name", async (c) => {
    const { job, service, name } = c.req.param();
    const [, digest] = digestPattern.exec(c.req.header("content-digest") ?? "") ?? [];
    const length = Number(c.req.header("content-length"));
    if (length > mostBytes) return refuse(c, "body_too_large");
    const isFile = servicePattern.test(service) && name !== "" && Buffer.byteLength(name) <= 255;
    if (!isFile || digest === undefined) return refuse(c, "bad_request");
    const sha256 = Buffer.from(digest, "base64").toString("hex");
    const body = c.req.raw.body ?? [];
    const isKept = await storage.keep(job, { service, name, sha256, body: toBytes(body) });
    return isKept ? c.body(null, 204) : refuse(c, "bad_request");
  });
  app.post(
    "/done",
    bodyLimit({ maxSize: longestList, onError: (c) => refuse(c, "body_too_large") }),
    async (c) => {
      if (!/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
        return refuse(c, "unsupported_media_type");
      }
      const body: unknown = await c.req.json().catch(() => null);
      if (typeof body !== "object" || body === null) return refuse(c, "bad_request");
      await storage.finish(c.req.param("job"), body);
      return c.body(null, 204);
    },
  );
  app.post("/notify", async (c) => {
    await storage.notify(c.req.param("job"));
    return c.body(null, 204);
  });
  return app;
}

async function* toBytes(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  yield* body;
}

function refuse(c: Context, code: keyof typeof refusals): Response {
  const [status, title] = refusals[code];
  const requestId = c.req.header("x-request-id") ?? crypto.randomUUID();
  c.header("X-Request-Id", requestId);
  if (status === 503) c.header("Retry-After", "1");
  c.header("Content-Type", "application/problem+json");
  return c.body(JSON.stringify({ title, status, code, request_id: requestId }), status);
}
