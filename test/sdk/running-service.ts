import {
  createTakeoutService,
  type TakeoutService,
  type TakeoutServiceOptions,
} from "takeout-sdk/service";
import { createClient } from "../support/tickets.ts";
import { type FakeHub, startFakeHub } from "./fake-hub.ts";

/** A service made with the SDK, its hub, and calls the hub makes of it with its own ticket. */
export interface RunningService extends AsyncDisposable {
  hub: FakeHub;
  service: TakeoutService;
  logged: unknown[];
  /** Calls as the hub does; what is given replaces parts of an ordinary call. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  remove(body?: object, headers?: Record<string, string>): Promise<Response>;
  status(body?: object): Promise<Response>;
}

export const user = { yandex_uids: [{ uid: "4001", is_portal: true }] };
export const deleteBody = {
  ...user,
  categories: ["1"],
  deletion_id: "d-1",
  report_uid: "4001",
  to: "2026-01-01T00:00:00.000Z",
  attempt: 1,
};

export const exportBodyOf = (hub: { url: string }) => ({
  ...user,
  categories: ["1"],
  job_id: "j-1",
  upload_url: `${hub.url}/takeout/exports/j-1/files/`,
  report_uid: "4001",
  deadline: "2026-01-04T00:00:00.000Z",
});

export async function startService(
  options: Pick<TakeoutServiceOptions, "categories"> & Partial<TakeoutServiceOptions>,
): Promise<RunningService> {
  const hub = await startFakeHub();
  const logged: unknown[] = [];
  const { privateJwk } = await createClient("realty");
  const service = createTakeoutService({
    service: "realty",
    signingKey: privateJwk,
    hub: { url: hub.url, client: "takeout" },
    retry: { firstMs: 1, maxMs: 1 },
    log: (entry) => logged.push(entry),
    ...options,
  });
  const ticket = await hub.client.serviceTicket("realty");
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    service.fetch(
      new Request(`http://realty.example${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-ya-service-ticket": ticket, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    );
  return {
    hub,
    service,
    logged,
    post,
    remove: (body, headers) => post("/v1/takeout/delete/", { ...deleteBody, ...body }, headers),
    status: (body) => post("/v1/takeout/status/", { ...user, categories: ["1"], ...body }),
    async [Symbol.asyncDispose]() {
      await service.close({ withinMs: 0 });
      await hub[Symbol.asyncDispose]();
    },
  };
}
