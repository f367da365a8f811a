import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTickets } from "../../src/context/tickets.ts";
import {
  daemonRefusals,
  type TicketRefusal,
  ticketRefusals,
} from "../../src/http/tickets/refusals.ts";
import type { TicketVerifier } from "../../src/http/tickets/verifier.ts";
import { createLog } from "../../src/log.ts";
import {
  type DaemonAnswer,
  startTvmDaemon,
  type TicketFlaws,
  type TvmDaemonStandIn,
} from "../support/tvm-daemon.ts";
import { keys, landscape } from "./tickets/landscape.ts";

const ids = {
  2000: "takeout",
  2001: "passport",
  2002: "desk",
  2003: "identity",
  2004: "realty",
  3001: "passport",
};

let daemon: TvmDaemonStandIn;
let tickets: ReturnType<typeof createTickets>;
let verifier: TicketVerifier;
let lines: string[];

function start(token = daemon.token): TicketVerifier {
  const log = createLog("trace", { write: (line) => void lines.push(line) });
  const config = { driver: "tvmtool" as const, url: daemon.url, token };
  tickets = createTickets(
    { ...landscape, tickets: { ...config, ids: new Map(Object.entries(ids)) } },
    keys.realty,
    log,
  );
  verifier = tickets.verifier;
  return verifier;
}

beforeEach(async () => {
  lines = [];
  daemon = await startTvmDaemon({ self: "2000", destinations: { realty: "2004" } });
  start();
});

afterEach(async () => {
  await tickets[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

const service = (flaws: Partial<{ src: string; dst: string } & TicketFlaws> = {}) =>
  daemon.serviceTicket({ src: "2001", ...flaws });
const user = (flaws: Partial<{ uid: string; env: string } & TicketFlaws> = {}) =>
  daemon.userTicket({ uid: "4001", ...flaws });
const unavailable = { kind: "unavailable" };

describe("good tickets", () => {
  test.each([
    ["a portal", "2001", "passport"],
    ["a portal by another of its ids", "3001", "passport"],
    ["an operators' client", "2002", "desk"],
    ["a service", "2004", "realty"],
  ])("a service ticket says who calls, and by which id: %s", async (_, src, client) => {
    const found = await verifier.verifyServiceTicket(service({ src }));
    expect(found).toEqual({ kind: "ok", client, kid: `tvm:${src}` });
  });

  test("a service ticket is checked as one for the hub", async () => {
    await verifier.verifyServiceTicket(service());
    expect(daemon.asked).toEqual(["/tvm/checksrv?dst=2000"]);
  });

  test.each(["passport", "desk"])(
    "a user ticket says for whom, in the hands of %s",
    async (client) => {
      const found = await verifier.verifyUserTicket(user(), { client });
      expect(found).toEqual({ kind: "ok", subject: "4001" });
    },
  );

  test("of several who are signed in it is the one who was chosen", async () => {
    const ticket = daemon.userTicket({ uid: "4002", uids: ["4001", "4002", "4003"] });
    expect(await verifier.verifyUserTicket(ticket, { client: "passport" })).toEqual({
      kind: "ok",
      subject: "4002",
    });
  });

  test("none is remembered: what the daemon refuses now is refused now", async () => {
    const [ofService, ofUser] = [service(), user()];
    await verifier.verifyServiceTicket(ofService);
    await verifier.verifyUserTicket(ofUser, { client: "passport" });
    daemon.instead = () => ({ status: 403, text: '{"error":"Expired ticket"}' });
    const expired = { kind: "refused", reason: "expired" };
    expect(await verifier.verifyServiceTicket(ofService)).toEqual(expired);
    expect(await verifier.verifyUserTicket(ofUser, { client: "passport" })).toEqual(expired);
  });
});

describe("a uid is the text of its digits, whatever the daemon sends", () => {
  const answerWith = (uid: string) => {
    daemon.instead = () => ({ status: 200, text: `{"default_uid":${uid},"uids":[${uid}]}` });
    return verifier.verifyUserTicket(user(), { client: "passport" });
  };

  test.each(["9007199254740993", "18446744073709551615", "10000000000000000000"])(
    "a number that JavaScript cannot bear loses no digit: %s",
    async (uid) => {
      expect(await answerWith(uid)).toEqual({ kind: "ok", subject: uid });
      expect(await answerWith(`"${uid}"`)).toEqual({ kind: "ok", subject: uid });
    },
  );

  test("no number of 64 bits does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), async (uid) => {
        expect(await answerWith(String(uid))).toEqual({ kind: "ok", subject: String(uid) });
      }),
      { numRuns: 50 },
    );
  });

  test.each(["0", "-1", "1.5", "1e3", '"01"', "null", "true", "[]", '""'])(
    "what is no uid is refused: %s",
    async (uid) => {
      expect(await answerWith(uid)).toEqual({ kind: "refused", reason: "subject_invalid" });
    },
  );
});

const refusedAsService: [guarantee: string, reason: TicketRefusal, ticket: () => string][] = [
  ["expired", "expired", () => service({ expired: true })],
  ["for another", "audience_wrong", () => service({ dst: "2004" })],
  ["a user ticket where a service ticket belongs", "typ_wrong", () => user()],
  [
    "a user ticket that says to be a service ticket",
    "audience_wrong",
    () => user({ kind: "serv" }),
  ],
  ["of another version", "version_unknown", () => service({ version: 4 })],
  ["signed with a key that is not known", "key_unknown", () => service({ keyId: 2 })],
  ["signed by a stranger", "signature_invalid", () => service({ signedBy: "stranger" })],
  ["changed afterwards", "signature_invalid", () => `${service()}A`],
  ["cut short", "malformed", () => service().split(":").slice(0, 3).join(":")],
  ["from a source id that nobody has", "issuer_unknown", () => service({ src: "7" })],
  ["from the hub itself", "issuer_unknown", () => service({ src: "2000" })],
  [
    "from the identity service, which never calls",
    "issuer_unknown",
    () => service({ src: "2003" }),
  ],
  ["nothing", "malformed", () => ""],
  ["a JWT", "malformed", () => "a.b.c"],
  ["with a space in it", "malformed", () => `${service()} x`],
  ["with a line in it", "malformed", () => `${service()}\r\nauthorization: x`],
  ["more than 8 KiB", "too_long", () => service({ signedBy: "x" }) + "x".repeat(8_192)],
];

test.each(refusedAsService)("a service ticket is refused: %s (%s)", async (_, reason, ticket) => {
  expect(await verifier.verifyServiceTicket(ticket())).toEqual({ kind: "refused", reason });
});

const refusedAsUser: [
  guarantee: string,
  reason: TicketRefusal,
  ticket: () => string,
  client?: string,
][] = [
  ["expired", "expired", () => user({ expired: true })],
  ["a service ticket where a user ticket belongs", "typ_wrong", () => service()],
  ["of another environment", "environment_wrong", () => user({ env: "test" })],
  ["signed by a stranger", "signature_invalid", () => user({ signedBy: "stranger" })],
  ["of nobody who is signed in", "subject_invalid", () => user({ uid: "0" })],
  ["shown by a service", "issuer_not_for_users", () => user(), "realty"],
  ["shown by an unknown client", "issuer_not_for_users", () => user(), "nobody"],
  ["nothing", "malformed", () => ""],
];

test.each(refusedAsUser)(
  "a user ticket is refused: %s (%s)",
  async (_, reason, ticket, client = "passport") => {
    expect(await verifier.verifyUserTicket(ticket(), { client })).toEqual({
      kind: "refused",
      reason,
    });
  },
);

test("what cannot be a ticket does not trouble the daemon", async () => {
  await verifier.verifyServiceTicket("x".repeat(8_193));
  await verifier.verifyUserTicket("a b", { client: "passport" });
  await verifier.verifyUserTicket(user(), { client: "realty" });
  expect(daemon.asked).toEqual([]);
});

const words: [error: string, reason: TicketRefusal][] = [
  ["Invalid ticket destination", "audience_wrong"],
  ["Malformed ticket", "malformed"],
  ["Unsupported ticket version", "version_unknown"],
  ["Subject (src or defaultUid) does not have any roles in IDM", "daemon_refused"],
  ["", "daemon_refused"],
];

test.each(words)("the daemon's words are understood: %s (%s)", async (error, reason) => {
  daemon.instead = () => ({ status: 403, text: JSON.stringify({ error }) });
  expect(await verifier.verifyServiceTicket(service())).toEqual({ kind: "refused", reason });
});

test("every reason that only the daemon gives is shown above, and the others are those of any driver", () => {
  const shown = [...refusedAsService, ...refusedAsUser].map(([, reason]) => reason);
  const all = new Set([...shown, ...words.map(([, reason]) => reason)]);
  expect([...all]).toEqual(expect.arrayContaining(Object.keys(daemonRefusals)));
  const known = new Set([...Object.keys(ticketRefusals), ...Object.keys(daemonRefusals)]);
  expect([...all].filter((reason) => !known.has(reason))).toEqual([]);
});

test("a ticket that the daemon finds good is refused all the same if it is for another", async () => {
  daemon.instead = () => ({ status: 200, text: '{"src":2001,"dst":2004}' });
  expect(await verifier.verifyServiceTicket(service())).toEqual({
    kind: "refused",
    reason: "audience_wrong",
  });
});

describe("where the daemon cannot say it, nobody is refused", () => {
  const answers: [guarantee: string, answer: DaemonAnswer | "cut" | "silence", code: string][] = [
    ["it fails", { status: 500, text: "oops" }, "http_500"],
    ["it is overloaded", { status: 429 }, "http_429"],
    ["it does not know the hub", { status: 400, text: '{"error":"no such client"}' }, "http_400"],
    ["it does not know the hub's token", { status: 401, text: "no" }, "token_refused"],
    ["it knows no such question", { status: 404 }, "http_404"],
    ["it sends the hub elsewhere", { status: 302, headers: { location: "/tvm/ping" } }, "http_302"],
    ["it speaks no JSON", { status: 200, text: "<html>" }, "unreadable"],
    ["it refuses without JSON", { status: 403, text: "<html>" }, "unreadable"],
    [
      "it says too much",
      { status: 200, text: `{"src":2001,"default_uid":4001,"pad":"${"x".repeat(65_536)}"}` },
      "UND_ERR_RES_EXCEEDED_MAX_SIZE",
    ],
    ["it says nothing", "silence", "timeout"],
    ["it cuts the connection", "cut", "UND_ERR_SOCKET"],
  ];

  test.each(answers)("because %s", async (_, answer, code) => {
    daemon.instead = () => answer;
    expect(await verifier.verifyServiceTicket(service())).toEqual(unavailable);
    expect(await verifier.verifyUserTicket(user(), { client: "passport" })).toEqual(unavailable);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, code, msg: "the ticket daemon is of no help: checksrv" },
      { level: 40, code, msg: "the ticket daemon is of no help: checkusr" },
    ]);
  });

  test("because it does not say who calls", async () => {
    daemon.instead = () => ({ status: 200, text: '{"dst":2000}' });
    expect(await verifier.verifyServiceTicket(service())).toEqual(unavailable);
  });

  test("because the hub's token is wrong", async () => {
    await tickets[Symbol.asyncDispose]();
    expect(await start("wrong").verifyServiceTicket(service())).toEqual(unavailable);
  });

  test("because it is away; when it is back it is asked again, and the log says both once", async () => {
    await daemon.leave();
    for (const _ of [1, 2, 3]) {
      expect(await verifier.verifyServiceTicket(service())).toEqual(unavailable);
    }
    await daemon.comeBack();
    for (const _ of [1, 2, 3]) {
      expect(await verifier.verifyServiceTicket(service())).toMatchObject({ kind: "ok" });
    }
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, code: "ECONNREFUSED" },
      { level: 30, msg: "the ticket daemon answers again: checksrv" },
    ]);
  });
});

test("a connection that was cut while it lay idle costs no caller anything", async () => {
  let cuts = 0;
  daemon.instead = () => {
    cuts += 1;
    return cuts === 1 ? "cut" : "truth";
  };
  expect(await verifier.verifyServiceTicket(service())).toMatchObject({ kind: "ok" });
  expect(lines).toEqual([]);
});

test("no line of the log bears a ticket, a uid or the token, whatever goes wrong", async () => {
  const uid = "9007199254740993";
  const shown = [
    service(),
    service({ expired: true }),
    user({ uid }),
    user({ uid, expired: true }),
  ];
  const ask = async () => {
    for (const ticket of shown) {
      await verifier.verifyServiceTicket(ticket);
      await verifier.verifyUserTicket(ticket, { client: "passport" });
      await Promise.resolve(tickets.serviceTicket("realty")).catch(() => {});
    }
  };
  await ask();
  daemon.instead = () => ({ status: 500, text: shown.join() });
  await ask();
  daemon.instead = () => ({ status: 200, text: shown.join() });
  await ask();
  await daemon.leave();
  await ask();
  expect(lines.length).toBeGreaterThan(5);
  const parts = shown.flatMap((ticket) => [ticket, ...ticket.split(":").slice(2)]);
  for (const secret of [...parts, uid, daemon.token]) expect(lines.join()).not.toContain(secret);
});

test("the hub shows no keys, for it does not sign", () => {
  expect(tickets.publicJwks).toBeNull();
});
