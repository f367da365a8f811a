import type { JWK } from "jose";
import { createApp } from "../../../examples/portal/app.ts";
import { createJobs } from "../../../examples/portal/copies/jobs.ts";
import { createStorage } from "../../../examples/portal/copies/storage.ts";
import { createHubClient } from "../../../examples/portal/hub/client.ts";
import { createHubCheck } from "../../../examples/portal/hub/hub-ticket.ts";
import { importKey } from "../../../examples/portal/hub/tickets.ts";
import type { ShownService, User } from "../../../examples/portal/settings.ts";
import { listen } from "../../../src/http/server.ts";
import { createClient } from "../../support/tickets.ts";

const mira: User = { uid: "4001", name: "Mira Halonen" };

/** A running portal, as a browser without scripts would use it. */
export interface TestPortal extends AsyncDisposable {
  readonly url: string;
  get(path: string): Promise<Response>;
  /** The text of the page at a path, whatever its status. */
  page(path: string): Promise<string>;
  /** Sends a form as a page of the portal itself would. */
  post(path: string, fields: readonly (readonly [string, string])[]): Promise<Response>;
}

export interface TestPortalOptions {
  readonly hubUrl: string;
  readonly privateJwk?: JWK;
  readonly portalName?: string;
  readonly users?: readonly User[];
  readonly services?: readonly ShownService[];
  /** A folder for copies; without it none are taken. */
  readonly storage?: string;
  readonly port?: number;
}

export async function startPortal(options: TestPortalOptions): Promise<TestPortal> {
  const { hubUrl, users = [mira], services = [], portalName = "passport", port = 0 } = options;
  const storage = options.storage ?? null;
  const jwk = options.privateJwk ?? (await createClient(portalName)).privateJwk;
  const parties = { hubUrl, hubClient: "takeout", portalName };
  const app = createApp({
    host: "127.0.0.1",
    hub: createHubClient(parties, await importKey(jwk)),
    users,
    services,
    jobs: createJobs(storage),
    copies: storage ? { storage: createStorage(storage), checkHub: createHubCheck(parties) } : null,
  });
  const server = await listen(app, { host: "127.0.0.1", port });
  const url = server.address;
  const get = (path: string) => fetch(`${url}${path}`, { redirect: "manual" });
  return {
    url,
    get,
    page: async (path) => await (await get(path)).text(),
    post: (path, fields) =>
      fetch(`${url}${path}`, {
        method: "POST",
        redirect: "manual",
        headers: { origin: url, "sec-fetch-site": "same-origin" },
        body: new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])),
      }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** The fields of the confirming form on a page. */
export function fieldsOf(page: string): [string, string][] {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
  return [...inputs].map(([, name = "", value = ""]) => [name, value]);
}

/** A page as somebody reads it: its text, without markup and with single spaces. */
export function readable(page: string): string {
  const text = page.replace(/<[^>]*>/g, " ").replaceAll("&#39;", "'");
  return text.replace(/\s+/g, " ").replace(/ ([.,:])/g, "$1");
}
