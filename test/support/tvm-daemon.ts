import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface DaemonAnswer {
  readonly status: number;
  /** As it goes over the wire. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test wants of a ticket beyond what makes a good one. */
export interface TicketFlaws {
  readonly version?: number;
  /** The kind that it says to be of. */
  readonly kind?: "serv" | "user";
  readonly expired?: boolean;
  readonly keyId?: number;
  readonly signedBy?: string;
}

/**
 * A ticket daemon over real HTTP that serves the published paths, with tickets of the published form that it signs
 * by itself: an HMAC stands for their signature, JSON for what they say.
 */
export interface TvmDaemonStandIn extends AsyncDisposable {
  readonly url: string;
  /** Opens the daemon to its hub. */
  readonly token: string;
  /** What it was asked, path and query. */
  readonly asked: string[];
  /** Ids as digits: they may be longer than a number. */
  serviceTicket(ticket: { src: string; dst?: string } & TicketFlaws): string;
  userTicket(ticket: { uid: string; uids?: readonly string[]; env?: string } & TicketFlaws): string;
  /** What it does instead of telling the truth. */
  instead: ((path: string) => DaemonAnswer | "truth" | "cut" | "silence") | null;
  /** When the tickets that it gives were born, in seconds since the epoch; now by default. */
  bornAtSeconds: number | null;
  /** Goes away, and comes back at the same place. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
}

export interface TvmDaemonOptions {
  /** The client in whose name it is asked. */
  readonly self: string;
  /** For whom it gives tickets: its own names for clients, with their ids. */
  readonly destinations: Readonly<Record<string, string>>;
  readonly env?: string;
}

export async function startTvmDaemon(options: TvmDaemonOptions): Promise<TvmDaemonStandIn> {
  const secret = randomBytes(32).toString("hex");
  const token = randomBytes(16).toString("hex");
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => serve(request, response));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  let port = 0;

  const daemon: TvmDaemonStandIn = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    token,
    asked: [],
    instead: null,
    bornAtSeconds: null,
    serviceTicket: ({ src, dst = options.self, ...flaws }) =>
      issue("serv", `"src":${src},"dst":${dst}`, flaws),
    userTicket: ({ uid, uids = [uid], env = "prod", ...flaws }) =>
      issue("user", `"default_uid":${uid},"uids":[${uids}],"env":"${env}"`, flaws),
    async leave() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    async comeBack() {
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await daemon.leave();
    },
  };
  await daemon.comeBack();
  return daemon;

  function issue(type: "serv" | "user", claims: string, flaws: TicketFlaws): string {
    const { version = 3, kind = type, expired = false, keyId = 1, signedBy = secret } = flaws;
    const payload = `{"key":${keyId},"expired":${expired},${claims}}`;
    const signed = `${version}:${kind}:${Buffer.from(payload).toString("base64url")}:`;
    return signed + sign(signed, signedBy);
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    daemon.asked.push(path);
    const said = daemon.instead?.(path) ?? "truth";
    if (said === "silence") return;
    if (said === "cut") {
      request.socket.destroy();
      return;
    }
    const { status, text = "", headers } = said === "truth" ? tell(request, path) : said;
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
  }

  function tell(request: IncomingMessage, path: string): DaemonAnswer {
    const { pathname, searchParams } = new URL(path, "http://daemon");
    if (pathname === "/tvm/ping") return { status: 200, text: "OK" };
    if (request.headers.authorization !== token) {
      return { status: 401, text: "Invalid authentication token" };
    }
    const header = (name: string) => String(request.headers[name] ?? "");
    if (pathname === "/tvm/keys") return { status: 200, text: "1:AAAA", headers: birth() };
    if (pathname === "/tvm/tickets") return giveTickets(searchParams);
    if (pathname === "/tvm/checksrv") {
      return check("serv", header("x-ya-service-ticket"), searchParams.get("dst"));
    }
    if (pathname === "/tvm/checkusr") return check("user", header("x-ya-user-ticket"), null);
    return { status: 404 };
  }

  function giveTickets(query: URLSearchParams): DaemonAnswer {
    const asked = (query.get("dsts") ?? "").split(",");
    const known = Object.entries(options.destinations);
    const found = asked.map((name) => known.find((entry) => entry.includes(name)));
    if (query.get("src") !== options.self || found.includes(undefined)) {
      return { status: 400, text: '{"error":"no such client in the configuration"}' };
    }
    const rows = found.map(([alias, id] = ["", ""]) => {
      const ticket = daemon.serviceTicket({ src: options.self, dst: id });
      return `"${alias}":{"ticket":"${ticket}","tvm_id":${id}}`;
    });
    return { status: 200, text: `{${rows}}`, headers: birth() };
  }

  function birth(): Record<string, string> {
    const seconds = daemon.bornAtSeconds ?? Math.floor(Date.now() / 1000);
    return { "x-ya-tvmtool-data-birthtime": String(seconds) };
  }

  /** In the order of the published checks. What it says of a bad ticket quotes the ticket, as the true one does. */
  function check(type: "serv" | "user", ticket: string, self: string | null): DaemonAnswer {
    const [version, kind, payload = "", signature, ...more] = ticket.split(":");
    const strings = `"debug_string":"ticket=${payload}","logging_string":"${version}:${kind}:${payload}:"`;
    const bad = (error: string) => ({ status: 403, text: `{"error":"${error}",${strings}}` });
    const claims = Buffer.from(payload, "base64url").toString();
    const says = (member: string) => new RegExp(`"${member}":"?([^,"}]*)`).exec(claims)?.[1];
    if (!/^[\w:-]+$/.test(ticket) || signature === undefined || more.length > 0) {
      return bad("invalid ticket format");
    }
    if (version !== "3") return bad("Unsupported ticket version");
    if (kind !== type) return bad("Invalid ticket type");
    if (!claims.startsWith("{")) return bad("Malformed ticket");
    if (says("expired") === "true") return bad("Expired ticket");
    if (says("key") !== "1") {
      return bad("Context does not have required key to check ticket: public keys are too old");
    }
    if (signature !== sign(`${version}:${kind}:${payload}:`, secret)) {
      return bad("Invalid ticket signature");
    }
    if (self !== null && says("dst") !== self) {
      return bad(`Wrong ticket dst, expected ${self}, got ${says("dst")}`);
    }
    const env = options.env ?? "prod";
    if (type === "user" && says("env") !== env) return bad("Invalid BlackBox environment");
    return { status: 200, text: `{${claims.slice(1, -1)},"scopes":["bb:sessionid"],${strings}}` };
  }
}

function sign(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
