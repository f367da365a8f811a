import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Logger, runOnce } from "graphile-worker";
import type { Hono } from "hono";
import type { Config, ServiceConfig } from "../../src/config/types.ts";
import { type Context, createContext } from "../../src/context.ts";
import type { FlowContext } from "../../src/flows/context.ts";
import { createApp } from "../../src/http/app.ts";
import { createWorkerPool } from "../../src/worker/retrying-pool.ts";
import { createTaskList } from "../../src/worker/tasks.ts";
import { createDatabase } from "./database.ts";
import type { FakeService } from "./fake-service.ts";
import { createClient, type TestClient } from "./tickets.ts";

/** A hub on a database of its own, whose queue runs only when a test says so. */
export interface TestHub extends AsyncDisposable {
  readonly app: Hono;
  readonly context: Context;
  readonly flows: FlowContext;
  readonly sql: FlowContext["store"]["sql"];
  readonly databaseUrl: string;
  /** Where blobs are kept. */
  readonly blobs: string;
  readonly portal: TestClient;
  /** Asks as the portal for a user; `path` with its query. */
  portalRequest(uid: string, path: string, init?: RequestInit): Promise<Response>;
  status(uid: string): Promise<PortalAnswer>;
  remove(uid: string, requestId: string, categoryIds: readonly string[]): Promise<Response>;
  report(service: FakeService, body: Record<string, unknown>): Promise<Response>;
  /** Runs the queue until nothing is due and no call is under way. */
  drain(): Promise<void>;
  /** Lets time pass for everything that is stored: every stored moment moves into the past. */
  passTime(ms: number): Promise<void>;
}

export interface PortalAnswer {
  readonly status: "ok" | "error";
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire
  readonly data?: any;
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire
  readonly errors?: any[];
}

export interface ServiceOverrides extends Partial<Omit<ServiceConfig, "name" | "url" | "keys">> {}

/** What the hub's configuration knows of a service. */
type ConnectedService = Pick<FakeService, "name" | "url" | "client">;

export interface TestHubOptions {
  readonly categories?: readonly string[];
  readonly services: readonly (readonly [ConnectedService, ServiceOverrides?])[];
  readonly config?: Partial<Config>;
  /** Where the portal takes copies itself. */
  readonly storage?: string;
  readonly overrides?: Partial<FlowContext>;
  /** Of the ledger's sessions, in place of what they set themselves. */
  readonly sessions?: Readonly<Record<string, string>>;
}

export async function createTestHub(options: TestHubOptions): Promise<TestHub> {
  const database = await createDatabase();
  const ledgerUrl = new URL(database.url);
  for (const setting of Object.entries(options.sessions ?? {}))
    ledgerUrl.searchParams.set(...setting);
  const portal = await createClient("passport");
  const hub = await createClient("takeout");
  const categories = options.categories ?? ["1", "2"];
  const blobs = await mkdtemp(join(tmpdir(), "takeout-blobs-"));
  const config = testConfig(portal, categories, blobs, options);
  const context = createContext(
    {
      settings: {
        databaseUrl: ledgerUrl.href,
        livenessDatabaseUrl: database.url,
        host: "127.0.0.1",
        port: 0,
        logLevel: "silent",
      },
      config,
      secrets: {
        secret: randomBytes(32),
        oldSecrets: [],
        // biome-ignore lint/suspicious/noExplicitAny: a JWK of jose as one of ours
        signingKey: hub.privateJwk as any,
        oldSigningKeys: [],
      },
    },
    // Long, so that a drive has done everything when it returns.
    { patienceMs: 60_000, ...options.overrides },
  );
  const { flows } = context;
  const { sql } = flows.store;
  const app = createApp(context.http);
  const pool = createWorkerPool(database.url, 4);
  const portalRequest: TestHub["portalRequest"] = async (uid, path, init = {}) =>
    await app.request(path, {
      ...init,
      headers: {
        "x-ya-service-ticket": await portal.serviceTicket(),
        "x-ya-user-ticket": await portal.userTicket(uid),
        ...(init.body ? { "content-type": "application/json" } : {}),
        ...init.headers,
      },
    });
  return {
    app,
    context,
    flows,
    sql,
    databaseUrl: database.url,
    blobs,
    portal,
    portalRequest,
    status: async (uid) => {
      const response = await portalRequest(uid, "/1/takeout/status/");
      return (await response.json()) as PortalAnswer;
    },
    remove: (uid, requestId, categoryIds) =>
      portalRequest(uid, `/1/takeout/delete/?request_id=${encodeURIComponent(requestId)}`, {
        method: "POST",
        body: JSON.stringify({ id: categoryIds }),
      }),
    report: async (service, body) =>
      await app.request("/takeout/set_data_status", {
        method: "POST",
        headers: {
          "x-ya-service-ticket": await service.client.serviceTicket(),
          "content-type": "application/json",
        },
        body: JSON.stringify({ service: service.name, ...body }),
      }),
    async drain() {
      do {
        await runOnce({
          logger: new Logger(() => () => {}),
          pgPool: pool,
          taskList: { ...createTaskList(flows, "delete"), ...createTaskList(flows, "export") },
          noHandleSignals: true,
        });
      } while (await flows.drives.settled());
    },
    passTime: async (ms) => {
      const back = sql`- ${ms} * interval '1 ms'`;
      await sql`update parts set due_at = due_at ${back}, leased_until = leased_until ${back},
        closed_at = closed_at ${back}, retained_until = retained_until ${back}, retry_at = retry_at ${back}`;
      await sql`update deletions set accepted_at = accepted_at ${back}, fence_at = fence_at ${back}, closed_at = closed_at ${back},
        wake_at = wake_at ${back}, sealed_until = sealed_until ${back}`;
      await sql`update deletion_categories set closed_at = closed_at ${back}, deleted_at = deleted_at ${back}`;
      await sql`update exports set created_at = created_at ${back}, updated_at = updated_at ${back},
        deadline_at = deadline_at ${back}, gathered_at = gathered_at ${back}, due_at = due_at ${back},
        leased_until = leased_until ${back}, wake_at = wake_at ${back}, closed_at = closed_at ${back},
        expires_at = expires_at ${back}, sealed_until = sealed_until ${back}, purge_at = purge_at ${back}`;
      await sql`update export_parts set due_at = due_at ${back}, leased_until = leased_until ${back},
        parked_at = parked_at ${back}, closed_at = closed_at ${back}`;
      await sql`update export_archives set remove_at = remove_at ${back}`;
      await sql`update export_requests set created_at = created_at ${back}`;
      await sql`update own_states set deleted_at = deleted_at ${back}`;
      await sql`update events set at = at ${back}`;
      await sql`update stuck_notices set at = at ${back}`;
      await sql`update part_watch set since = since ${back}, recounted_at = recounted_at ${back}, watched_at = watched_at ${back}`;
      // Whole hours that keep their distance: all are taken out before one goes back in.
      await sql`with hours as (delete from service_closings returning *)
        insert into service_closings select service, hour ${back}, count from hours order by hour`;
      await sql`update graphile_worker._private_jobs set run_at = run_at ${back}`;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await context[Symbol.asyncDispose]();
      await database.drop();
      await rm(blobs, { recursive: true });
    },
  };
}

function testConfig(
  portal: TestClient,
  categories: readonly string[],
  blobs: string,
  options: TestHubOptions,
): Config {
  const day = 86_400_000;
  const services = options.services.map(
    ([service, overrides]): ServiceConfig => ({
      name: service.name,
      url: service.url,
      // biome-ignore lint/suspicious/noExplicitAny: JWKs of jose as ours
      keys: service.client.jwks as any,
      categories,
      export: false,
      completion: "report",
      after: [],
      attempts: 20,
      backoff: { firstMs: 1_000, maxMs: 600_000 },
      timeout: { statusMs: 1_000, deleteMs: 10_000, exportMs: 30_000 },
      reportWithinMs: 3_600_000,
      concurrency: 16,
      ...overrides,
    }),
  );
  return {
    hub: { client: "takeout", publicUrl: "http://127.0.0.1:8080" },
    tickets: { driver: "jwt" },
    portals: new Map([
      [
        portal.name,
        {
          name: portal.name,
          // biome-ignore lint/suspicious/noExplicitAny: JWKs of jose as ours
          keys: portal.jwks as any,
          allow: new Set(["status", "delete", "export"] as const),
          errorsAs200: false,
          requireUserTicket: false,
          ...(options.storage !== undefined && { storage: options.storage }),
        },
      ],
    ]),
    operators: new Map(),
    status: { budgetMs: 3_000, trustForMs: 3_600_000 },
    stuck: { warnAfterMs: day, alarmAfterMs: 2 * day, deadlineMs: 30 * day },
    keep: { requestsMs: 90 * day, ledgerMs: 1_095 * day },
    blobs: { driver: "fs", path: blobs },
    export: { deadlineMs: 3 * day, delivery: "store", keepMs: 7 * day, concurrency: 4 },
    delete: { concurrency: 32 },
    limits: {
      portal: { count: 2_000, perMs: 1_000 },
      user: { count: 120, perMs: 60_000 },
      service: { count: 2_000, perMs: 1_000 },
    },
    categories: categories.map((id) => ({ id, slug: `category-${id}` })),
    services,
    ...options.config,
  };
}
