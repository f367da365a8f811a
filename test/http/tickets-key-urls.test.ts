import { execFile } from "node:child_process";
import type { RequestListener } from "node:http";
import { promisify } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PrivateJwk, publicPart } from "../../src/config/jwk.ts";
import { createTickets } from "../../src/context/tickets.ts";
import { createApp } from "../../src/http/app.ts";
import { importKeys } from "../../src/http/tickets/client-keys.ts";
import type { TicketVerifier } from "../../src/http/tickets/verifier.ts";
import { createLog, type Log } from "../../src/log.ts";
import { createTestHub } from "../support/hub.ts";
import { type HeldClock, holdClock, type KeyServer, startKeyServer } from "./tickets/key-server.ts";
import { keys, landscape, newKey, portal, serviceTicket, userTicket } from "./tickets/landscape.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const first = newKey("first");
const next = newKey("next", "ES256");
const [ofFirst, ofNext] = [publicPart(first), publicPart(next)];

let server: KeyServer;
let clock: HeldClock;
let log: Log;
let lines: string[];
let tickets: ReturnType<typeof createTickets> | undefined;

beforeEach(async () => {
  server = await startKeyServer();
  server.serve(ofFirst);
  clock = holdClock();
  lines = [];
  log = createLog("trace", { write: (line) => void lines.push(line) });
});

afterEach(async () => {
  await tickets?.[Symbol.asyncDispose]();
  tickets = undefined;
  await server[Symbol.asyncDispose]();
});

/** A hub that reads the keys of the portal `mail` from the server, on the test's clock. */
function start(): TicketVerifier {
  const portals = new Map(landscape.portals);
  portals.set("mail", portal("mail", { url: server.url }));
  tickets = createTickets({ ...landscape, portals }, keys.realty, log, {
    clock,
    now: () => nowMs,
  });
  return tickets.verifier;
}

const nowMs = 1_800_000_000_000;
const ticketOf = (key: PrivateJwk) => serviceTicket("mail", key);
const ofPassport = () => serviceTicket("passport", keys.passport);
const accepted = (key: PrivateJwk) => ({ kind: "ok", client: "mail", kid: key.kid });
const unknown = { kind: "refused", reason: "key_unknown" };
const unavailable = { kind: "unavailable" };
const said = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

/** Asks for an unknown key: waits for the reading that is under way, or begins one where that is due. */
const wantOther = (verifier: TicketVerifier) =>
  verifier.verifyServiceTicket(ticketOf(newKey("other")));

/** Waits for a reading that the hub began by itself, and for its end. */
async function reread(verifier: TicketVerifier, times: number): Promise<void> {
  await server.asked(times);
  await wantOther(verifier);
  expect(server.reads).toBe(times);
}

test("keys are read once, at the start, however many ask at once", async () => {
  const verifier = start();
  const found = await Promise.all(
    Array.from({ length: 20 }, () => verifier.verifyServiceTicket(ticketOf(first))),
  );
  expect(found).toEqual(Array(20).fill(accepted(first)));
  expect(server.reads).toBe(1);
});

test("who comes while a slow reading is under way waits for it, and begins no other", async () => {
  const release = new Promise<() => void>((resolve) => {
    server.answer = (_, response) =>
      resolve(() => void response.end(JSON.stringify({ keys: [ofFirst] })));
  });
  const verifier = start();
  const answer = await release;
  clock.pass(2 * second);
  const found = [1, 2].map(() => verifier.verifyServiceTicket(ticketOf(first)));
  await verifier.verifyServiceTicket(ofPassport());
  answer();
  expect(await Promise.all(found)).toEqual([accepted(first), accepted(first)]);
  expect(server.reads).toBe(1);
});

test("keys are read before anybody calls, and nothing of it is done where no client has a URL", async () => {
  const asked = new Promise<void>((resolve) => {
    server.answer = (_, response) => {
      resolve();
      response.end();
    };
  });
  await using _ = createTickets(landscape, keys.realty, log);
  start();
  await asked;
  expect(server.reads).toBe(1);
});

test("an unknown kid makes the set be read again, once for all who ask, and at most once in 30 s", async () => {
  const verifier = start();
  await verifier.verifyServiceTicket(ticketOf(first));
  clock.pass(30 * second);
  server.serve(ofFirst, ofNext);
  const found = await Promise.all(
    [1, 2, 3].map(() => verifier.verifyServiceTicket(ticketOf(next))),
  );
  expect(found).toEqual(Array(3).fill(accepted(next)));
  expect(server.reads).toBe(2);

  const third = newKey("third");
  server.serve(ofFirst, ofNext, publicPart(third));
  clock.pass(30 * second - 1);
  expect(await verifier.verifyServiceTicket(ticketOf(third))).toEqual(unknown);
  expect(server.reads).toBe(2);
  clock.pass(1);
  expect(await verifier.verifyServiceTicket(ticketOf(third))).toEqual(accepted(third));
  expect(server.reads).toBe(3);
});

test("a ticket that is refused for anything else makes nothing be read", async () => {
  const verifier = start();
  await verifier.verifyServiceTicket(ticketOf(first));
  clock.pass(minute);
  const [head, body] = ticketOf(first).split(".");
  expect(await verifier.verifyServiceTicket(`${head}.${body}.AAAA`)).toMatchObject({
    reason: "signature_invalid",
  });
  expect(await verifier.verifyServiceTicket(serviceTicket("passport", next))).toEqual(unknown);
  expect(await verifier.verifyServiceTicket(userTicket("mail", next, "4001"))).toMatchObject({
    reason: "typ_wrong",
  });
  expect(server.reads).toBe(1);
});

describe("a withdrawn key", () => {
  test("dies after 10 minutes, whoever calls or not, and so do the tickets that it proved before", async () => {
    const verifier = start();
    const token = ticketOf(first);
    expect(await verifier.verifyServiceTicket(token)).toEqual(accepted(first));
    server.serve(ofNext);
    clock.pass(10 * minute - 1);
    expect(await verifier.verifyServiceTicket(token)).toEqual(accepted(first));
    expect(server.reads).toBe(1);
    clock.pass(1);
    await reread(verifier, 2);
    expect(await verifier.verifyServiceTicket(token)).toEqual(unknown);
    expect(await verifier.verifyServiceTicket(ticketOf(next))).toEqual(accepted(next));
  });

  test("takes with it a ticket that was remembered when another key bears its kid", async () => {
    const verifier = start();
    const token = ticketOf(first);
    expect(await verifier.verifyServiceTicket(token)).toEqual(accepted(first));
    const other = newKey("first");
    server.serve(publicPart(other));
    clock.pass(10 * minute);
    await reread(verifier, 2);
    expect(await verifier.verifyServiceTicket(token)).toEqual({
      kind: "refused",
      reason: "signature_invalid",
    });
    expect(await verifier.verifyServiceTicket(ticketOf(other))).toEqual(accepted(other));
  });

  test("may be the last one: a set without any is a set", async () => {
    const verifier = start();
    await reread(verifier, 1);
    server.serve();
    clock.pass(10 * minute);
    await reread(verifier, 2);
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unknown);
    expect(said()).toMatchObject([{ level: 40, client: "mail", reason: "no_key" }]);
  });
});

test("a key that stays is the same key, so that what it proved is not forgotten with every reading", () => {
  const before = importKeys([ofFirst, ofNext]);
  const after = importKeys([ofNext, { ...publicPart(newKey("other")), kid: "first" }], before);
  expect(after.get("next")).toBe(before.get("next"));
  expect(after.get("first")).not.toBe(before.get("first"));
});

test("the last good set serves 24 hours, then nothing can be said of its client until there is another", async () => {
  const verifier = start();
  const token = ticketOf(first);
  await verifier.verifyServiceTicket(token);
  server.fail();
  const rereads = 24 * 6 - 1;
  for (let times = 0; times < rereads; times += 1) {
    clock.pass(10 * minute);
    await reread(verifier, times + 2);
  }
  clock.pass(10 * minute - 1);
  await reread(verifier, rereads + 2);
  expect(await verifier.verifyServiceTicket(token)).toEqual(accepted(first));
  clock.pass(1);
  expect(await verifier.verifyServiceTicket(token)).toEqual(unavailable);
  expect(await verifier.verifyServiceTicket(ofPassport())).toMatchObject({ kind: "ok" });
  clock.pass(30 * second);
  await reread(verifier, rereads + 3);
  server.serve(ofFirst);
  clock.pass(30 * second);
  await reread(verifier, rereads + 4);
  expect(await verifier.verifyServiceTicket(token)).toEqual(accepted(first));
  const warning = { level: 40, client: "mail", reason: "http_502" };
  expect(said()).toMatchObject([
    { ...warning, msg: expect.stringContaining("those read last go on serving") },
    { ...warning, msg: expect.stringContaining("cannot be checked") },
    { level: 30, client: "mail", count: 1 },
  ]);
});

test("a server that fails is asked again by itself every 30 s while there is a set", async () => {
  const verifier = start();
  await reread(verifier, 1);
  expect(clock.nextInMs()).toBe(10 * minute);
  server.fail();
  clock.pass(10 * minute);
  await reread(verifier, 2);
  expect(clock.nextInMs()).toBe(30 * second);
  server.serve(ofNext);
  clock.pass(30 * second);
  await reread(verifier, 3);
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unknown);
});

describe("a URL that is down at the start", () => {
  test("leaves its callers without an answer and all others served, and the log says why", async () => {
    server.fail();
    const verifier = start();
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unavailable);
    expect(await verifier.verifyServiceTicket(serviceTicket("realty", keys.realty))).toMatchObject({
      kind: "ok",
    });
    expect(said()).toMatchObject([{ level: 40, client: "mail", reason: "http_502" }]);
  });

  test("is asked again by itself, ever more rarely, until the first good set", async () => {
    server.fail();
    const verifier = start();
    await reread(verifier, 1);
    for (const [index, pause] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      expect(clock.nextInMs()).toBe(pause * second);
      clock.pass(pause * second);
      await reread(verifier, index + 2);
    }
    server.serve(ofFirst);
    clock.pass(30 * second);
    await reread(verifier, 9);
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(accepted(first));
  });

  test("is asked by a caller too, at most once in a second", async () => {
    server.fail();
    const verifier = start();
    await reread(verifier, 1);
    clock.pass(1_000);
    await reread(verifier, 2); // by itself; the next time in 2 s
    clock.pass(999);
    await Promise.all([wantOther(verifier), wantOther(verifier)]);
    expect(server.reads).toBe(2);
    clock.pass(1);
    await Promise.all([wantOther(verifier), wantOther(verifier)]);
    expect(server.reads).toBe(3);
    server.serve(ofFirst);
    clock.pass(1_000);
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(accepted(first));
  });
});

const notTaken: [guarantee: string, answer: RequestListener, reason: string][] = [
  [
    "another status than 200",
    (_, response) => response.writeHead(404).end(JSON.stringify({ keys: [ofFirst] })),
    "http_404",
  ],
  [
    "a redirect, which is not followed",
    (request, response) => {
      if (request.url === "/elsewhere") response.end(JSON.stringify({ keys: [ofFirst] }));
      else response.writeHead(302, { location: "/elsewhere" }).end();
    },
    "http_302",
  ],
  [
    "more than 64 KiB",
    (_, response) => response.end(JSON.stringify({ keys: [ofFirst], pad: "x".repeat(65_536) })),
    "UND_ERR_RES_EXCEEDED_MAX_SIZE",
  ],
  [
    "more than 64 KiB in pieces, without a length",
    (_, response) => {
      response.write(JSON.stringify({ keys: [ofFirst] }));
      response.end(" ".repeat(65_536));
    },
    "UND_ERR_RES_EXCEEDED_MAX_SIZE",
  ],
  ["no JSON", (_, response) => response.end("<html>"), "no_key_set"],
  ["a single key", (_, response) => response.end(JSON.stringify(ofFirst)), "no_key_set"],
  ["keys that are no list", (_, response) => response.end('{"keys":"none"}'), "no_key_set"],
  [
    "more than 100 keys",
    (_, response) => response.end(JSON.stringify({ keys: Array(101).fill(ofFirst) })),
    "no_key_set",
  ],
  ["a cut connection", (request) => request.socket.destroy(), "UND_ERR_SOCKET"],
  ["an answer that does not come within 3 s", () => {}, "timeout"],
  [
    "an answer that begins in time and does not end",
    (_, response) => void response.writeHead(200).write('{"keys":['),
    "timeout",
  ],
];

test.each(notTaken)("is no set: %s", async (_, answer, reason) => {
  server.answer = answer;
  const verifier = start();
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unavailable);
  expect(server.reads).toBe(1);
  expect(said()).toMatchObject([{ client: "mail", reason }]);
});

test("exactly 64 KiB are a set", async () => {
  const text = JSON.stringify({ keys: [ofFirst] });
  server.answer = (_, response) => response.end(text.padEnd(65_536));
  expect(await start().verifyServiceTicket(ticketOf(first))).toEqual(accepted(first));
});

describe("of a set", () => {
  test("a key with its private part is refused, in both its forms, and the others serve", async () => {
    server.serve(first, { ...ofFirst, kid: "again" }, ofNext);
    const verifier = start();
    expect(await verifier.verifyServiceTicket(ticketOf(next))).toEqual(accepted(next));
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unknown);
    expect(await verifier.verifyServiceTicket(ticketOf({ ...first, kid: "again" }))).toEqual(
      unknown,
    );
    expect(said()).toMatchObject([{ level: 50, client: "mail", count: 1, reason: "private_key" }]);
    expect(lines.join()).not.toContain(first.d);
  });

  test("what cannot check tickets is left out: other kinds, curves, uses, secrets, and no keys at all", async () => {
    const rsa = { kty: "RSA", n: "AQAB", e: "AQAB", kid: "rsa" };
    const shared = { kty: "oct", k: "AAAA", kid: "oct" };
    const foreign = [
      rsa,
      shared,
      { ...ofFirst, use: "enc" },
      { ...ofNext, crv: "P-384" },
      null,
      "x",
    ];
    server.serve(...foreign, publicPart(keys.mail));
    const verifier = start();
    expect(await verifier.verifyServiceTicket(serviceTicket("mail", keys.mail))).toMatchObject({
      kind: "ok",
    });
    expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unknown);
    expect(said()).toMatchObject([
      { level: 50, count: 1, reason: "private_key" },
      { level: 40, count: 5, reason: "unusable_key" },
    ]);
  });

  test("two keys of one kid are both left out: nobody knows which is meant", async () => {
    server.serve({ ...ofFirst, kid: "k" }, { ...ofNext, kid: "k" });
    const verifier = start();
    for (const key of [first, next]) {
      expect(await verifier.verifyServiceTicket(ticketOf({ ...key, kid: "k" }))).toEqual(unknown);
    }
  });

  test("a key without kid has its thumbprint as one", async () => {
    const { kid: _, ...bare } = ofFirst;
    server.serve(bare);
    const verifier = start();
    const kid = await calculateJwkThumbprint({ ...bare });
    expect(await verifier.verifyServiceTicket(ticketOf({ ...first, kid }))).toMatchObject({
      kind: "ok",
    });
  });
});

test("no line of the log bears the URL, a key or a ticket", async () => {
  server.serve(first, ofNext, { kty: "RSA" });
  const verifier = start();
  await verifier.verifyServiceTicket(ticketOf(first));
  server.fail();
  clock.pass(10 * minute);
  await reread(verifier, 2);
  expect(lines).toHaveLength(3);
  for (const secret of ["/jwks.json", "of=client", ofFirst.x, ofNext.x, first.d, ticketOf(first)]) {
    expect(lines.join()).not.toContain(secret);
  }
});

test("after the end nothing is read, and a reading that is under way is given up", async () => {
  const begun = new Promise<void>((resolve) => {
    server.answer = () => resolve();
  });
  const verifier = start();
  await begun;
  await tickets?.[Symbol.asyncDispose]();
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unavailable);
  expect(clock.nextInMs()).toBe(Number.POSITIVE_INFINITY);
  clock.pass(24 * hour);
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unavailable);
  expect(server.reads).toBe(1);
  expect(lines).toEqual([]);
});

test("waiting for the next reading does not keep a process from ending", async () => {
  const code = `
    import { createBoundedGet } from "./src/connected/bounded-get.ts";
    import { createRemoteKeys } from "./src/http/tickets/remote-keys.ts";
    const http = createBoundedGet({ timeoutMs: 3_000, maxBytes: 65_536, connections: 1 });
    const readKeys = async (url) => {
      const { status } = await http.get({ url, readBody: () => true });
      return { kind: "keys", keys: [], disclosed: 0, unusable: status };
    };
    const warn = (fields) => console.log(fields.reason, fields.count);
    const log = { info: warn, warn, error: warn };
    const keys = createRemoteKeys({ client: "mail", url: ${JSON.stringify(server.url)}, readKeys, log });
    console.log(await keys.renew());`;
  const root = new URL("../..", import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", code],
    { cwd: root },
  );
  expect(stdout).toBe("unusable_key 200\nno_key undefined\ntrue\n");
});

test("a hub is not ready while the keys of no portal were ever read, and one portal is enough", async () => {
  await using hub = await createTestHub({ services: [] });
  server.answer = (_, response) => void response.writeHead(500).end();
  const verifier = start();
  const readiness = async (...names: string[]) => {
    const portals = new Map(names.map((name) => [name, portal(name, { url: server.url })]));
    const answer = await createApp({ ...hub.context.http, verifier, portals }).request(
      "/health/ready",
    );
    const { missing } = (await answer.json()) as { missing?: string[] };
    return [answer.status, missing];
  };
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(unavailable);
  expect(await readiness("mail")).toEqual([503, ["keys"]]);
  expect(await readiness("mail", "passport")).toEqual([200, undefined]);
  server.serve(ofFirst);
  clock.pass(2 * second);
  expect(await verifier.verifyServiceTicket(ticketOf(first))).toEqual(accepted(first));
  expect(await readiness("mail")).toEqual([200, undefined]);
});
