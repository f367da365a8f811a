import type { FakeService } from "../../support/fake-service.ts";
import type { TestClient } from "../../support/tickets.ts";

export interface HubAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire
  readonly body: any;
  /** From the sending to the last byte, in ms. */
  readonly tookMs: number;
}

/** What the portal, the services and the operators say to a hub over its socket. */
export interface HubClient {
  get(path: string): Promise<HubAnswer>;
  status(uid: string, headers?: Record<string, string>): Promise<HubAnswer>;
  remove(
    uid: string,
    requestId: string,
    categoryIds: readonly string[],
    headers?: Record<string, string>,
  ): Promise<HubAnswer>;
  report(
    service: FakeService,
    body: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<HubAnswer>;
}

export function createHubClient(address: string, portal: TestClient): HubClient {
  const asPortal = async (uid: string, path: string, init: RequestInit = {}) =>
    await send(`${address}${path}`, {
      ...init,
      headers: {
        "x-ya-service-ticket": await portal.serviceTicket(),
        "x-ya-user-ticket": await portal.userTicket(uid),
        "content-type": "application/json",
        ...init.headers,
      },
    });
  return {
    get: (path) => send(`${address}${path}`),
    status: (uid, headers = {}) => asPortal(uid, "/1/takeout/status/", { headers }),
    remove: (uid, requestId, categoryIds, headers = {}) =>
      asPortal(uid, `/1/takeout/delete/?request_id=${encodeURIComponent(requestId)}`, {
        method: "POST",
        body: JSON.stringify({ id: categoryIds }),
        headers,
      }),
    report: async (service, body, headers = {}) =>
      await send(`${address}/takeout/set_data_status`, {
        method: "POST",
        body: JSON.stringify({ service: service.name, ...body }),
        headers: {
          "x-ya-service-ticket": await service.client.serviceTicket(),
          "content-type": "application/json",
          ...headers,
        },
      }),
  };
}

/** The limit only keeps a broken test from hanging. */
const giveUpAfterMs = 20_000;

async function send(url: string, init: RequestInit = {}): Promise<HubAnswer> {
  const beganAt = performance.now();
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(giveUpAfterMs) });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text,
    tookMs: performance.now() - beganAt,
  };
}

/** The report that a service sends when it is done with one category of a call. */
// biome-ignore lint/suspicious/noExplicitAny: a body as it came over the wire
export function doneReport(order: any, categoryId: string): Record<string, unknown> {
  const { deletion_id, attempt, report_uid, to } = order;
  return {
    yandex_uid: report_uid,
    category_id: categoryId,
    state: "deleted",
    deletion_id,
    attempt,
    to,
  };
}
