import { type AddressInfo, createServer, type Socket } from "node:net";
import { createLocalJWKSet, jwtVerify } from "jose";
import { rawRequest } from "../load/requests.ts";
import { headerOf, type Message, onMessages } from "../load/wire.ts";
import type { FromStubs, StubCounts, StubsSetup, ToStubs } from "./messages.ts";
import { createReporter, type Reporter } from "./reporter.ts";

/**
 * All connected services of a run in one process. They take what they are told to delete, and report it at once:
 * with as few cycles as can be, since those are not what is measured. They speak over bare sockets for that: node's own
 * server and a pool of clients took a sixth of both processors, of the hub's runs and the peer's alike.
 */
const setup = JSON.parse(process.env.STUBS ?? "") as StubsSetup;
const keys = createLocalJWKSet({ keys: [...setup.caller.jwks.keys] });
/** Eight for each of ten services, as many as one that is made with the SDK sends at once. */
const reportConnections = 80;
const triesAtMost = 10;
const again = new Set([408, 425, 429, 500, 502, 503, 504]);

interface Run {
  readonly reporter: Reporter;
  readonly tickets: readonly string[];
  readonly parts: number;
  readonly seen: Set<string>;
  readonly counts: { -readonly [Name in keyof StubCounts]: StubCounts[Name] };
}

interface Call {
  readonly deletion_id: string;
  readonly report_uid: string;
  readonly attempt: number;
  readonly categories: readonly string[];
}

const goodTickets = new Set<string>();
let run: Run | null = null;

const servers = await Promise.all(
  setup.services.map((service, at) => {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => socket.destroy());
      onMessages(socket, (message) => receive(message, socket, service, at));
    });
    return new Promise<string>((resolve) =>
      server.listen(0, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      ),
    );
  }),
);
process.on("message", (message: ToStubs) => {
  if (message.kind === "stop") process.exit(0);
  else expect(message);
});
process.on("disconnect", () => process.exit(0));
say({ kind: "listening", urls: servers });

function say(message: FromStubs): void {
  process.send?.(message);
}

function expect({ reportTo, tickets, parts }: Extract<ToStubs, { kind: "expect" }>): void {
  run?.reporter.end();
  const reporter = createReporter(reportTo, reportConnections);
  const counts = { calls: 0, partsCalled: 0, parts: 0, reported: 0, wrong: 0 };
  run = { reporter, tickets, parts, seen: new Set(), counts };
  say({ kind: "expecting" });
}

function receive({ head, body }: Message, socket: Socket, service: string, at: number): void {
  const ticket = headerOf(head, "x-ya-service-ticket") ?? "";
  if (goodTickets.has(ticket)) take(body, socket, service, at);
  else void check(ticket, service).then(() => take(body, socket, service, at, ticket));
}

async function check(ticket: string, service: string): Promise<void> {
  const options = { issuer: setup.caller.name, audience: service, typ: "service-ticket+jwt" };
  const isGood = await jwtVerify(ticket, keys, options).then(
    () => true,
    () => false,
  );
  if (isGood) goodTickets.add(ticket);
}

function take(body: Buffer, socket: Socket, service: string, at: number, ticket?: string): void {
  const own = run;
  if (own === null || (ticket !== undefined && !goodTickets.has(ticket))) {
    if (own) own.counts.wrong += 1;
    socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  const call = JSON.parse(`${body}`) as Call;
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  own.counts.calls += 1;
  for (const category of call.categories) {
    own.counts.partsCalled += 1;
    const part = `${call.deletion_id}${category}${service}`;
    if (!own.seen.has(part)) own.counts.parts += 1;
    own.seen.add(part);
    report(own, own.tickets[at] ?? "", bodyOf(call, category, service), 1);
  }
}

function bodyOf(call: Call, category: string, service: string): string {
  const { report_uid, deletion_id, attempt } = call;
  return (
    `{"yandex_uid":"${report_uid}","category_id":"${category}","state":"deleted",` +
    `"service":"${service}","deletion_id":"${deletion_id}","attempt":${attempt}}`
  );
}

function report(own: Run, ticket: string, body: string, tries: number): void {
  const path = "/takeout/set_data_status";
  const request = rawRequest({ method: "POST", path, serviceTicket: ticket, body });
  own.reporter.send(request, (status) => answered(own, ticket, body, tries, status));
}

/** What may pass is repeated a few times, as every service would. */
function answered(own: Run, ticket: string, body: string, tries: number, status: number): void {
  if (status === 200) {
    own.counts.reported += 1;
    if (own.counts.reported === own.parts)
      say({ kind: "done", at: Date.now(), counts: own.counts });
    return;
  }
  if (own !== run) return;
  own.counts.wrong += 1;
  const isPassing = status === 0 || again.has(status);
  if (isPassing && tries < triesAtMost) {
    setTimeout(() => report(own, ticket, body, tries + 1), 50 * tries);
  }
}
