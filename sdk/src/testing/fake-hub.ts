import type { AddressInfo } from "node:net";
import { BodyTooLong, readBounded } from "../bounded-body.ts";
import { type Clock, systemClock } from "../clock.ts";
import { createNodeHandler } from "../node.ts";
import type { User } from "../service/category.ts";
import type { TakeoutServiceOptions } from "../service/create.ts";
import { problemResponse, Refusal } from "../service/problem.ts";
import { createTicketVerifier } from "../tickets/verify.ts";
import { createCaller, type ServiceTarget } from "./calls.ts";
import { applyReport, type KeptDeletion, readReport, type TestDeletion } from "./deletions.ts";
import {
  applyExportReport,
  type KeptExport,
  keepFile,
  readExportReport,
  type TestExport,
} from "./exports.ts";
import { createTestKey, makeTicket, type TicketOptions } from "./tickets.ts";

/** Whom the hub calls about; `uids` has at least one, the primary first. */
export type TestUser = Pick<User, "uids"> & Partial<User>;

/** What the hub answers a request instead of what it would; undefined lets it answer. */
export type Interference = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** What a fake hub is made of. */
export interface FakeHubOptions {
  /** The service's name. Default `service`. */
  service?: string;
  /** Categories that the hub knows: others are refused as `category_unknown`. Default: any. */
  categories?: readonly string[];
  /** As in the hub's configuration of the service. Default `report`. */
  completion?: "report" | "answer";
  /**
   * Listens on this port of loopback (0: any), for a service in another process; needs Node. Default:
   * none, requests go through `fetch`.
   */
  port?: number;
  /** Held by both sides. Default: the system's. */
  clock?: Clock;
  /** The largest file it takes, in bytes, because it holds them in memory. Default 64 MiB. */
  maxFileBytes?: number;
}

/** A hub that obeys the contract, as far as a connected service sees it, and keeps all in memory. */
export interface FakeHub extends AsyncDisposable {
  readonly url: string;
  /** What `createTakeoutService` and `createTakeoutClient` need to speak to it. */
  readonly serviceOptions: Pick<
    TakeoutServiceOptions,
    "service" | "signingKey" | "hub" | "fetch" | "clock"
  >;
  /** Answers what a service sends. */
  fetch(request: Request): Promise<Response>;
  /** Says whom it calls: the service itself, or the URL where it listens. */
  connect(service: ServiceTarget): void;
  /** Asks for states: of every category that the hub knows (`categories`) if none are named. */
  status(user: TestUser, categories: readonly string[]): Promise<Record<string, string>>;
  /** Starts a deletion and calls the service. The fence is now, if none is given. */
  delete(
    user: TestUser,
    categories: readonly string[],
    options?: { before?: Date; id?: string },
  ): Promise<TestDeletion>;
  /** Starts an export and calls the service. The deadline is in three days, if none is given. */
  export(
    user: TestUser,
    categories: readonly string[],
    options?: { deadline?: Date; id?: string },
  ): Promise<TestExport>;
  /** Sends a body as it is to a path of the service, with the hub's ticket or another one. */
  call(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** A ticket of the hub for the service, with whatever is to be wrong with it. */
  ticket(options?: Partial<TicketOptions>): Promise<string>;
  /** Answers reports and files in its stead, to be away or to fail, until `undefined` is given. */
  interfere(interference: Interference | undefined): void;
  /** How many reports and files it was sent, those refused or interfered with included. */
  readonly received: number;
}

const client = "takeout";
const mostReportBytes = 64 * 1024;
const readMs = 10_000;
const defaultFileBytes = 64 * 1024 * 1024;

/** Makes a hub for tests. Give `serviceOptions` to the service, then `connect` it. */
export async function createFakeHub(options: FakeHubOptions = {}): Promise<FakeHub> {
  const { service = "service", clock = systemClock } = options;
  const [hubKey, serviceKey] = await Promise.all([
    createTestKey("hub-1"),
    createTestKey("service-1"),
  ]);
  const deletions: KeptDeletion[] = [];
  const exports = new Map<string, KeptExport>();
  const changed = new EventTarget();
  const seen: { received: number; interference: Interference | undefined } = {
    received: 0,
    interference: undefined,
  };
  const verifier = createTicketVerifier({
    service: client,
    hub: { url: "http://service.localhost", client: service },
    fetch: async () => Response.json({ keys: [serviceKey.publicJwk] }),
    clock,
  });

  async function fetch(request: Request): Promise<Response> {
    const requestId = request.headers.get("x-request-id") ?? crypto.randomUUID();
    const path = new URL(request.url).pathname.replace(/(?<=.)\/$/, "");
    try {
      if (path !== "/.well-known/jwks.json") {
        seen.received += 1;
        const instead = await seen.interference?.(request);
        if (instead) return instead;
      }
      const answer = await route(request, path);
      changed.dispatchEvent(new Event("change"));
      answer.headers.set("x-request-id", requestId);
      return answer;
    } catch (error) {
      if (error instanceof Refusal) return problemResponse(error, requestId);
      throw error;
    }
  }

  async function route(request: Request, path: string): Promise<Response> {
    const method = `${request.method} ${path}`;
    if (method === "GET /.well-known/jwks.json") return Response.json({ keys: [hubKey.publicJwk] });
    const upload = /^PUT \/takeout\/exports\/([^/]+)\/files\/([^/]+)$/.exec(method);
    if (upload) {
      await admit(request);
      return takeFile(request, upload[1] ?? "", upload[2] ?? "");
    }
    if (method === "POST /takeout/set_data_status") {
      await admit(request);
      const report = readReport(await readJson(request), {
        service,
        categories: options.categories,
      });
      applyReport(deletions, report);
      return Response.json({});
    }
    if (method === "POST /takeout/set_export_status") {
      await admit(request);
      const report = readExportReport(await readJson(request), service);
      await applyExportReport(exports.get(report.job_id), report);
      return Response.json({});
    }
    throw new Refusal("not_found");
  }

  async function admit(request: Request): Promise<void> {
    const ticket = request.headers.get("x-ya-service-ticket");
    if (!ticket) throw new Refusal("service_ticket_missing");
    if ((await verifier.verify(ticket)).kind !== "valid")
      throw new Refusal("service_ticket_invalid");
  }

  async function takeFile(request: Request, jobId: string, encoded: string): Promise<Response> {
    const most = options.maxFileBytes ?? defaultFileBytes;
    const bytes = await readBody(request, most);
    const digest = request.headers.get("content-digest");
    return Response.json(
      await keepFile(exports.get(jobId), { name: decode(encoded), bytes, digest }),
    );
  }

  const ticket: FakeHub["ticket"] = (more) =>
    makeTicket({ key: hubKey, issuer: client, audience: service, clock, ...more });
  const listening = options.port === undefined ? undefined : await listen(fetch, options.port);
  const url = listening?.url ?? "http://takeout.localhost";
  const caller = createCaller({
    completion: options.completion ?? "report",
    clock,
    url,
    ticket,
    deletions,
    exports,
    changed,
    known: options.categories ?? [],
  });

  return {
    url,
    fetch,
    ...caller,
    ticket,
    serviceOptions: {
      service,
      signingKey: serviceKey.privateJwk,
      hub: { url, client },
      ...(listening ? {} : { fetch: bridge(fetch) }),
      ...(options.clock ? { clock } : {}),
    },
    interfere: (interference) => {
      seen.interference = interference;
    },
    get received() {
      return seen.received;
    },
    async [Symbol.asyncDispose]() {
      await listening?.close();
    },
  };
}

/** The hub as a `fetch` that services call. */
function bridge(answer: FakeHub["fetch"]): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    return answer(request);
  };
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refusal("unsupported_media_type");
  const bytes = await readBody(request, mostReportBytes);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Refusal("bad_request", { faults: [{ pointer: "", detail: "is not JSON" }] });
  }
}

async function readBody(request: Request, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readBounded(request.body, mostBytes, AbortSignal.timeout(readMs));
  } catch (error) {
    throw new Refusal(error instanceof BodyTooLong ? "body_too_large" : "bad_request");
  }
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Refusal("filename_invalid");
  }
}

async function listen(fetch: FakeHub["fetch"], port: number) {
  const { createServer } = await import("node:http");
  const server = createServer(createNodeHandler({ fetch }));
  await new Promise<void>((done, failed) => {
    server.once("error", failed).listen(port, "127.0.0.1", done);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
