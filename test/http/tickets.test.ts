import { createHmac } from "node:crypto";
import fc from "fast-check";
import { importJWK, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { type TicketRefusal, ticketRefusals } from "../../src/http/tickets/refusals.ts";
import { createTicketVerifier } from "../../src/http/tickets/verifier.ts";
import { forge } from "./tickets/forge.ts";
import {
  keys,
  landscape,
  newKey,
  nowSeconds,
  serviceTicket,
  userTicket,
} from "./tickets/landscape.ts";

const verifier = createTicketVerifier(landscape, { now: () => nowSeconds * 1000 });

type Members = Record<string, unknown>;

const times = { iat: nowSeconds, exp: nowSeconds + 900 };
const party = { iss: "passport", sub: "passport", aud: "takeout" };
const service = (claims: Members = {}, header: Members = {}, key = keys.passport) =>
  forge({ typ: "service-ticket+jwt", ...header }, { ...party, ...times, ...claims }, key);
const user = (claims: Members = {}, header: Members = {}, key = keys.passport) =>
  forge({ typ: "user-ticket+jwt", ...header }, { ...party, sub: "4001", ...times, ...claims }, key);

describe("good tickets", () => {
  test.each([
    ["a portal", "passport", keys.passport],
    ["a portal with its next key, of another algorithm", "passport", keys.passportNext],
    ["an operators' client", "desk", keys.desk],
    ["a service", "realty", keys.realty],
  ])("a service ticket says who calls and with which key: %s", async (_, client, key) => {
    const found = await verifier.verifyServiceTicket(serviceTicket(client, key));
    expect(found).toEqual({ kind: "ok", client, kid: key.kid });
  });

  test.each([
    ["a portal's user by uid", "passport", keys.passport, "4001"],
    ["the longest uid", "passport", keys.passportNext, `1${"0".repeat(31)}`],
    ["an operator by login", "desk", keys.desk, "alice@example"],
  ])("a user ticket says for whom: %s", async (_, client, key, subject) => {
    const found = await verifier.verifyUserTicket(userTicket(client, key, subject), { client });
    expect(found).toEqual({ kind: "ok", subject });
  });

  test.each(["passport", "passportNext"] as const)(
    "a ticket of another library is understood: %s",
    async (name) => {
      const { alg, kid } = keys[name];
      const token = await new SignJWT({ ...party, ...times })
        .setProtectedHeader({ alg, kid, typ: "service-ticket+jwt" })
        .sign(await importJWK({ ...keys[name] }, alg));
      expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
    },
  );

  test.each([
    ["issued as far ahead as clocks may differ", { iat: nowSeconds + 30, exp: nowSeconds + 60 }],
    [
      "expired as long ago as clocks may differ, less a second",
      { iat: nowSeconds - 60, exp: nowSeconds - 29 },
    ],
    ["living as long as it may", { iat: nowSeconds, exp: nowSeconds + 3_600 }],
    ["good only from as far ahead as clocks may differ", { nbf: nowSeconds + 30 }],
    ["with fractions of seconds", { iat: nowSeconds - 0.5, exp: nowSeconds + 0.5 }],
  ])("the edge of what is allowed is allowed: %s", async (_, claims) => {
    expect(await verifier.verifyServiceTicket(service(claims))).toMatchObject({ kind: "ok" });
  });
});

const unsigned = (alg: string) => {
  const [, claims] = service().split(".") as [string, string];
  const header = Buffer.from(JSON.stringify({ alg, kid: "passport-1", typ: "service-ticket+jwt" }));
  return `${header.toString("base64url")}.${claims}.`;
};

/** The public key as the secret of an HMAC: the oldest confusion of algorithms there is. */
const confused = () => {
  const signed = unsigned("HS256").slice(0, -1);
  return `${signed}.${createHmac("sha256", keys.passport.x).update(signed).digest("base64url")}`;
};

const stranger = newKey("passport-1");
const [head = "", body = "", signature = ""] = service().split(".");

const refusedAsService: [guarantee: string, reason: TicketRefusal, token: string][] = [
  ["no signature at all (none)", "alg_refused", unsigned("none")],
  ["none in other letters", "alg_refused", unsigned("nOnE")],
  ["an HMAC keyed with the public key", "alg_refused", confused()],
  ["another algorithm in the header", "alg_refused", service({}, { alg: "RS256" })],
  ["no algorithm", "alg_refused", service({}, { alg: undefined })],
  ["an allowed algorithm that is not its key's", "alg_not_of_key", service({}, { alg: "ES256" })],
  ["no kid", "kid_missing", service({}, { kid: undefined })],
  ["an empty kid", "kid_missing", service({}, { kid: "" })],
  ["a kid that is no text", "kid_missing", service({}, { kid: 1 })],
  ["an unknown kid", "key_unknown", service({}, { kid: "passport-3" })],
  ["a kid that every object has", "key_unknown", service({}, { kid: "constructor" })],
  ["another client's key and its kid", "key_unknown", service({}, {}, keys.mail)],
  [
    "another client's key under its own kid",
    "signature_invalid",
    service({}, { kid: "passport-1" }, keys.mail),
  ],
  ["a stranger's key under a known kid", "signature_invalid", service({}, {}, stranger)],
  [
    "a user ticket where a service ticket belongs",
    "typ_wrong",
    userTicket("passport", keys.passport, "4001"),
  ],
  ["the typ of any JWT", "typ_wrong", service({}, { typ: "JWT" })],
  ["its typ in capitals", "typ_wrong", service({}, { typ: "SERVICE-TICKET+JWT" })],
  ["no typ", "typ_wrong", service({}, { typ: undefined })],
  ["an address of keys (jku)", "header_refused", service({}, { jku: "https://keys.example" })],
  [
    "an address of certificates (x5u)",
    "header_refused",
    service({}, { x5u: "https://keys.example" }),
  ],
  ["a key of its own (jwk)", "header_refused", service({}, { jwk: keys.passport })],
  ["a critical extension", "header_refused", service({}, { crit: ["b64"], b64: false })],
  ["an empty list of critical extensions", "header_refused", service({}, { crit: [] })],
  ["an unknown client", "issuer_unknown", service({ iss: "nobody", sub: "nobody" })],
  ["the hub's own name", "issuer_unknown", service({ iss: "takeout", sub: "takeout" })],
  ["no issuer", "issuer_unknown", service({ iss: undefined })],
  ["a list of issuers", "issuer_unknown", service({ iss: ["passport"] })],
  ["another subject than its issuer", "subject_not_issuer", service({ sub: "mail" })],
  ["no subject", "subject_not_issuer", service({ sub: undefined })],
  ["another audience", "audience_wrong", service({ aud: "realty" })],
  ["a list of audiences with the hub in it", "audience_wrong", service({ aud: ["takeout"] })],
  ["no audience", "audience_wrong", service({ aud: undefined })],
  ["no iat", "times_invalid", service({ iat: undefined })],
  ["no exp", "times_invalid", service({ exp: undefined })],
  ["an exp that is text", "times_invalid", service({ exp: String(times.exp) })],
  ["an exp before its iat", "times_invalid", service({ exp: times.iat - 1 })],
  ["a second too long a life", "lifetime_too_long", service({ exp: nowSeconds + 3_601 })],
  ["an old iat that hides a long life", "lifetime_too_long", service({ iat: 0 })],
  ["a moment too far in the future", "from_the_future", service({ iat: nowSeconds + 31 })],
  ["a moment before its time has come", "not_yet_valid", service({ nbf: nowSeconds + 31 })],
  [
    "the same, of the other algorithm",
    "not_yet_valid",
    service({ nbf: nowSeconds + 31 }, {}, keys.passportNext),
  ],
  ["an nbf that is text", "times_invalid", service({ nbf: String(nowSeconds) })],
  ["an nbf that is null", "times_invalid", service({ nbf: null })],
  [
    "expired, other clocks considered",
    "expired",
    service({ iat: nowSeconds - 90, exp: nowSeconds - 30 }),
  ],
  ["nothing", "malformed", ""],
  ["two parts", "malformed", `${head}.${body}`],
  ["four parts", "malformed", `${service()}.${signature}`],
  ["five parts, as encrypted ones have", "malformed", `${head}.${body}.a.b.c`],
  ["padding", "malformed", `${service()}=`],
  ["a space at its end", "malformed", `${service()} `],
  ["plain base64", "malformed", `${head}.${body}.${"+/".repeat(43)}`],
  [
    "claims that are a list",
    "malformed",
    `${head}.${Buffer.from("[]").toString("base64url")}.${signature}`,
  ],
  [
    "a header that is no JSON",
    "malformed",
    `${Buffer.from("{").toString("base64url")}.${body}.${signature}`,
  ],
  ["no signature under an allowed algorithm", "signature_invalid", `${head}.${body}.`],
  ["half a signature", "signature_invalid", `${head}.${body}.${signature.slice(0, 40)}`],
  ["more than 8 KiB", "too_long", service({ pad: "x".repeat(8_192) })],
];

test.each(refusedAsService)("a service ticket is refused: %s (%s)", async (_, reason, token) => {
  expect(await verifier.verifyServiceTicket(token)).toEqual({ kind: "refused", reason });
});

const refusedAsUser: [guarantee: string, reason: TicketRefusal, token: string, client?: string][] =
  [
    [
      "a service ticket where a user ticket belongs",
      "typ_wrong",
      serviceTicket("passport", keys.passport),
    ],
    [
      "one of another portal than the caller",
      "issuer_not_caller",
      userTicket("mail", keys.mail, "4001"),
    ],
    [
      "a portal's own, shown by a service",
      "issuer_not_caller",
      userTicket("passport", keys.passport, "4001"),
      "realty",
    ],
    [
      "one that a service signed in its own name",
      "issuer_not_for_users",
      userTicket("realty", keys.realty, "4001"),
      "realty",
    ],
    [
      "one that a service signed in the portal's name",
      "key_unknown",
      userTicket("passport", keys.realty, "4001"),
    ],
    [
      "the same under the portal's kid",
      "signature_invalid",
      user({}, {}, { ...newKey("passport-1"), kid: "passport-1" }),
    ],
    ["an unknown client's", "issuer_unknown", user({ iss: "nobody" })],
    ["a uid with a leading zero", "subject_invalid", user({ sub: "04001" })],
    ["a uid that is a number", "subject_invalid", user({ sub: 4001 })],
    ["a uid that is too long", "subject_invalid", user({ sub: "1".repeat(33) })],
    ["a uid with a line after it", "subject_invalid", user({ sub: "4001\n" })],
    ["a login from a portal", "subject_invalid", user({ sub: "alice" })],
    ["no subject", "subject_invalid", user({ sub: undefined })],
    [
      "a login that is no text",
      "subject_invalid",
      user({ iss: "desk", sub: ["alice"] }, {}, keys.desk),
      "desk",
    ],
    ["a second too long a life", "lifetime_too_long", user({ exp: nowSeconds + 901 })],
    ["another audience", "audience_wrong", user({ aud: "realty" })],
    ["a moment before its time has come", "not_yet_valid", user({ nbf: nowSeconds + 31 })],
    [
      "expired, other clocks considered",
      "expired",
      user({ iat: nowSeconds - 90, exp: nowSeconds - 30 }),
    ],
  ];

test.each(refusedAsUser)(
  "a user ticket is refused: %s (%s)",
  async (_, reason, token, client = "passport") => {
    expect(await verifier.verifyUserTicket(token, { client })).toEqual({ kind: "refused", reason });
  },
);

test("every reason of the table is shown by a ticket above", () => {
  const shown = new Set([...refusedAsService, ...refusedAsUser].map(([, reason]) => reason));
  expect([...shown].sort()).toEqual(Object.keys(ticketRefusals).sort());
});

test("a good ticket with any one character changed is refused", async () => {
  const tickets = [
    service(),
    forge({ typ: "service-ticket+jwt" }, { ...party, ...times }, keys.passportNext),
  ];
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ é";
  const change = fc.record({
    token: fc.constantFrom(...tickets),
    at: fc.nat(),
    to: fc.constantFrom(...alphabet),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ token, at, to }) => {
      const index = at % token.length;
      fc.pre(token[index] !== to);
      const changed = token.slice(0, index) + to + token.slice(index + 1);
      expect((await verifier.verifyServiceTicket(changed)).kind).toBe("refused");
    }),
    { numRuns: 500 },
  );
});

test("no spelling of the last character but one is accepted, though most of its bits do not count", async () => {
  const token = service();
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const others = [...alphabet].filter((last) => last !== token.at(-1));
  const found = await Promise.all(
    others.map((last) => verifier.verifyServiceTicket(token.slice(0, -1) + last)),
  );
  expect(found.filter(({ kind }) => kind === "ok")).toEqual([]);
});

describe("remembered tickets", () => {
  /** A verifier with a clock in hand. */
  const withClock = (cacheSize?: number) => {
    const clock = { ms: nowSeconds * 1000 };
    const options = { now: () => clock.ms, ...(cacheSize !== undefined && { cacheSize }) };
    return { clock, verifier: createTicketVerifier(landscape, options) };
  };

  test("one is refused from the moment it expires, though it was good before", async () => {
    const { clock, verifier } = withClock();
    const token = service({ exp: nowSeconds + 60 });
    expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
    clock.ms += 89_999;
    expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
    clock.ms += 1;
    expect(await verifier.verifyServiceTicket(token)).toEqual({
      kind: "refused",
      reason: "expired",
    });
  });

  test("a user ticket is good in its issuer's hands only, also when it was seen before", async () => {
    const { verifier } = withClock();
    const token = userTicket("passport", keys.passport, "4001");
    expect(await verifier.verifyUserTicket(token, { client: "passport" })).toMatchObject({
      kind: "ok",
    });
    for (const client of ["mail", "realty", "desk"]) {
      expect(await verifier.verifyUserTicket(token, { client })).toEqual({
        kind: "refused",
        reason: "issuer_not_caller",
      });
    }
  });

  test("one kind does not pass for the other when it was seen before", async () => {
    const { verifier } = withClock();
    const token = serviceTicket("passport", keys.passport);
    await verifier.verifyServiceTicket(token);
    expect(await verifier.verifyUserTicket(token, { client: "passport" })).toEqual({
      kind: "refused",
      reason: "typ_wrong",
    });
  });

  test("a refusal is not remembered: one from the future is good when its time has come", async () => {
    const { clock, verifier } = withClock();
    const token = service({ iat: nowSeconds + 60, exp: nowSeconds + 120 });
    expect(await verifier.verifyServiceTicket(token)).toEqual({
      kind: "refused",
      reason: "from_the_future",
    });
    clock.ms += 30_000;
    expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
  });

  test.each(["passport", "passportNext"] as const)(
    "one made for later is refused until then, and good from then on, also when it is remembered: %s",
    async (name) => {
      const { clock, verifier } = withClock();
      const token = service({ nbf: nowSeconds + 60 }, {}, keys[name]);
      clock.ms += 29_999;
      expect(await verifier.verifyServiceTicket(token)).toEqual({
        kind: "refused",
        reason: "not_yet_valid",
      });
      clock.ms += 1;
      expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
      expect(await verifier.verifyServiceTicket(token)).toMatchObject({ kind: "ok" });
    },
  );

  test("with or without memory the answers are the same", async () => {
    const tokens = [...refusedAsService.map(([, , token]) => token), service(), service({ n: 1 })];
    const plain = withClock(0).verifier;
    const remembering = withClock(1).verifier;
    for (const token of [...tokens, ...tokens]) {
      expect(await remembering.verifyServiceTicket(token)).toEqual(
        await plain.verifyServiceTicket(token),
      );
    }
  });
});
