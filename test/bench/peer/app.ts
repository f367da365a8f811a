import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type pg from "pg";
import type { PgBoss } from "pg-boss";
import { accept, readParts, record, type StoredPart } from "./ledger.ts";
import type { PeerSettings } from "./settings.ts";
import type { Verified } from "./tickets.ts";

export interface AppOptions {
  readonly settings: PeerSettings;
  readonly pool: pg.Pool;
  readonly boss: PgBoss;
  readonly subjectOf: (uid: string) => string;
  readonly verify: (token: unknown, kind: "service" | "user") => Promise<Verified | null>;
}

const errors = {
  type: "array",
  items: {
    type: "object",
    properties: { code: { type: "string" }, message: { type: "string" } },
  },
} as const;
const category = {
  type: "object",
  properties: {
    id: { type: "string" },
    slug: { type: "string" },
    state: { type: "string" },
    update_date: { type: "string" },
  },
} as const;
const envelope = {
  type: "object",
  properties: { status: { type: "string" }, data: { type: "array", items: category }, errors },
} as const;
const response = { "2xx": envelope, "4xx": envelope, "5xx": envelope } as const;

export function createApp(options: AppOptions): FastifyInstance {
  const { settings, pool, boss, subjectOf, verify } = options;
  const app = fastify({
    ...{ bodyLimit: 64 * 1024, requestTimeout: 10_000 },
    routerOptions: { ignoreTrailingSlash: true },
  });
  const portals = new Set(settings.portals.map(({ name }) => name));
  const services = settings.services.map(({ name }) => name);
  const known = new Set(settings.categories.map(({ id }) => id));

  /** @returns the user; `null` when the answer is sent already. */
  async function portalUser(headers: Headers, reply: FastifyReply): Promise<string | null> {
    const caller = await verify(headers["x-ya-service-ticket"], "service");
    if (!caller) return refuse(reply, 401, "service_ticket_invalid");
    if (!portals.has(caller.issuer)) return refuse(reply, 403, "source_forbidden");
    const user = await verify(headers["x-ya-user-ticket"], "user");
    if (user?.issuer !== caller.issuer) return refuse(reply, 401, "user_ticket_invalid");
    return user.subject;
  }

  app.get("/health", async () => "ok");
  app.get("/1/takeout/status", { schema: { response } }, async (request, reply) => {
    const uid = await portalUser(request.headers, reply);
    if (uid === null) return reply;
    const parts = await readParts((config) => pool.query(config), subjectOf(uid));
    reply.header("cache-control", "no-store");
    return { status: "ok", data: settings.categories.map((row) => describe(row, parts)) };
  });
  app.post<{ Querystring: { request_id: string }; Body: { id: string[] } }>(
    "/1/takeout/delete",
    { schema: { response, querystring: deleteQuery, body: deleteBody } },
    async (request, reply) => {
      const uid = await portalUser(request.headers, reply);
      if (uid === null) return reply;
      const categories = [...new Set(request.body.id)].sort();
      if (!categories.every((id) => known.has(id))) {
        refuse(reply, 400, "category_unknown");
        return reply;
      }
      const requestId = request.query.request_id;
      const subject = subjectOf(uid);
      const wish = { uid, subject, requestId, categories, services };
      const result = await accept(pool, boss, wish);
      if (result === "ok") return { status: "ok" };
      refuse(reply, 409, "request_id_conflict");
      return reply;
    },
  );
  app.post<{ Body: ReportBody }>(
    "/takeout/set_data_status",
    { schema: { body: reportBody } },
    async (request, reply) => {
      const caller = await verify(request.headers["x-ya-service-ticket"], "service");
      const body = request.body;
      if (!caller) return reply.code(401).send({ code: "service_ticket_invalid" });
      if (caller.issuer !== body.service) return reply.code(403).send({ code: "service_mismatch" });
      if (!known.has(body.category_id)) return reply.code(400).send({ code: "category_unknown" });
      await record((config) => pool.query(config), {
        ...{ subject: subjectOf(body.yandex_uid), category: body.category_id },
        ...{ service: body.service, state: body.state, error: body.error?.code ?? null },
      });
      return reply.type("application/json").send("{}");
    },
  );
  return app;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

interface ReportBody {
  readonly yandex_uid: string;
  readonly category_id: string;
  readonly service: string;
  readonly state: "deleted" | "delete_failed";
  readonly error?: { readonly code: string };
}

const text = { type: "string", minLength: 1, maxLength: 128 } as const;
const deleteQuery = {
  type: "object",
  required: ["request_id"],
  properties: { request_id: text },
} as const;
const deleteBody = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "array", items: text, minItems: 1, maxItems: 100 } },
  additionalProperties: false,
} as const;
const reportBody = {
  type: "object",
  required: ["yandex_uid", "category_id", "service", "state"],
  properties: {
    yandex_uid: { type: "string", pattern: "^[1-9][0-9]{0,31}$" },
    category_id: text,
    service: text,
    state: { enum: ["deleted", "delete_failed"] },
    error: { type: "object", required: ["code"], properties: { code: text } },
    deletion_id: text,
    attempt: { type: "integer", minimum: 0 },
  },
  additionalProperties: false,
} as const;

function refuse(reply: FastifyReply, status: number, code: string): null {
  reply.code(status).send({ status: "error", errors: [{ code, message: code }] });
  return null;
}

function describe(row: { id: string; slug: string }, all: readonly StoredPart[]) {
  const parts = all.filter(({ category: id }) => id === row.id);
  const isOpen = parts.some(({ state }) => state === "due" || state === "accepted");
  const isEmpty = parts.length > 0 && parts.every(({ state }) => state === "deleted");
  const closedAt = Math.max(...parts.map(({ closed_at }) => closed_at?.getTime() ?? 0));
  const state = isOpen ? "delete_in_progress" : isEmpty ? "empty" : "ready_to_delete";
  return { ...row, state, ...(isEmpty && { update_date: new Date(closedAt).toISOString() }) };
}
