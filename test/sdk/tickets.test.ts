import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
} from "jose";
import { createTicketSigner, createTicketVerifier, type TicketVerifier } from "takeout-sdk/tickets";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createClient } from "../support/tickets.ts";
import { type FakeHub, startFakeHub } from "./fake-hub.ts";

let hub: FakeHub;
let verifier: TicketVerifier;
beforeAll(async () => {
  hub = await startFakeHub();
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  verifier = createTicketVerifier({ service: "realty", hub: { url: hub.url, client: "takeout" } });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Forgery {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  without?: string;
}

async function forge({ header = {}, claims = {}, without }: Forgery): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload: Record<string, unknown> = {
    iss: "takeout",
    sub: "takeout",
    aud: "realty",
    iat: now,
    exp: now + 600,
    ...claims,
  };
  if (without) delete payload[without];
  const key = await importJWK(hub.client.privateJwk, "EdDSA");
  const { crit, ...plain } = {
    alg: "EdDSA",
    kid: "takeout-1",
    typ: "service-ticket+jwt",
    ...header,
  } as {
    alg: string;
    crit?: string[];
  };
  const signer = new SignJWT(payload).setProtectedHeader({ ...plain, ...(crit ? { crit } : {}) });
  return signer.sign(key, crit ? { crit: { [crit[0] ?? ""]: true } } : {});
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

test("a ticket of the hub for this service is accepted", async () => {
  expect(await verifier.verify(await hub.client.serviceTicket("realty"))).toMatchObject({
    kind: "valid",
    kid: "takeout-1",
  });
  expect(await verifier.verify(await forge({}))).toMatchObject({ kind: "valid" });
});

const refused: [string, () => Promise<string>][] = [
  ["garbage", async () => "no.ticket.at-all"],
  ["an endless string", async () => "a".repeat(20_000)],
  [
    "another signer's key under the hub's kid",
    async () => (await createClient("takeout")).serviceTicket("realty"),
  ],
  ["another client's name as issuer", () => forge({ claims: { iss: "desk", sub: "desk" } })],
  ["another issuer for the hub as subject", () => forge({ claims: { iss: "desk" } })],
  ["a subject that is not the issuer", () => forge({ claims: { sub: "desk" } })],
  ["another audience", () => forge({ claims: { aud: "orders" } })],
  ["a list of audiences", () => forge({ claims: { aud: ["realty"] } })],
  ["no audience", () => forge({ without: "aud" })],
  ["no subject", () => forge({ without: "sub" })],
  ["no time of issue", () => forge({ without: "iat" })],
  ["no expiry", () => forge({ without: "exp" })],
  ["a user ticket", () => forge({ header: { typ: "user-ticket+jwt" } })],
  ["no type", () => forge({ header: { typ: undefined } })],
  ["no kid", () => forge({ header: { kid: undefined } })],
  ["an empty kid", () => forge({ header: { kid: "" } })],
  ["a kid nobody knows", () => forge({ header: { kid: "takeout-2" } })],
  ["jku", () => forge({ header: { jku: "http://127.0.0.1/keys" } })],
  ["x5u", () => forge({ header: { x5u: "http://127.0.0.1/keys" } })],
  ["an embedded key", () => forge({ header: { jwk: hub.client.jwks.keys[0] } })],
  ["a critical extension", () => forge({ header: { crit: ["x"], x: 1 } })],
  [
    "expiry more than 30 s ago",
    () => forge({ claims: { iat: inSeconds(-600), exp: inSeconds(-32) } }),
  ],
  [
    "issue more than 30 s ahead",
    () => forge({ claims: { iat: inSeconds(40), exp: inSeconds(600) } }),
  ],
  ["a time to come more than 30 s ahead", () => forge({ claims: { nbf: inSeconds(40) } })],
  ["a time to come that is no number", () => forge({ claims: { nbf: "0" } })],
  ["a lifetime over an hour", () => forge({ claims: { exp: inSeconds(3_601) } })],
  ["algorithm none", async () => `${btoa(JSON.stringify({ alg: "none", kid: "takeout-1" }))}.e30.`],
  ["a shared-secret algorithm", () => signedBy("HS256")],
  ["another asymmetric algorithm", () => signedBy("ES384")],
];

async function signedBy(alg: "HS256" | "ES384"): Promise<string> {
  const key =
    alg === "HS256"
      ? new TextEncoder().encode(hub.client.jwks.keys[0]?.x ?? "")
      : (await generateKeyPair(alg)).privateKey;
  return new SignJWT({ iss: "takeout", sub: "takeout", aud: "realty" })
    .setProtectedHeader({ alg, kid: "takeout-1", typ: "service-ticket+jwt" })
    .setIssuedAt()
    .setExpirationTime("5 minutes")
    .sign(key);
}

test.each(refused)("%s is refused", async (_, make) => {
  expect(await verifier.verify(await make())).toEqual({
    kind: "invalid",
    reason: expect.any(String),
  });
});

test("clocks may differ by 30 s", async () => {
  const late = await forge({ claims: { iat: inSeconds(-600), exp: inSeconds(-20) } });
  const early = await forge({ claims: { iat: inSeconds(20), exp: inSeconds(600) } });
  expect(await verifier.verify(late)).toMatchObject({ kind: "valid" });
  const soon = await forge({ claims: { nbf: inSeconds(20) } });
  expect(await verifier.verify(early)).toMatchObject({ kind: "valid" });
  expect(await verifier.verify(soon)).toMatchObject({ kind: "valid" });
});

test("a hub whose keys cannot be read is no reason to call a ticket bad", async () => {
  const lost = createTicketVerifier({
    service: "realty",
    hub: { url: "http://127.0.0.1:1", client: "takeout" },
  });
  expect(await lost.verify(await forge({}))).toMatchObject({ kind: "unavailable" });
});

test("plain http to another machine takes the developer's word for it", () => {
  const make = (hub: { url: string; client: string; insecure?: boolean }) => () =>
    createTicketVerifier({ service: "realty", hub });
  expect(make({ url: "http://hub.example", client: "takeout" })).toThrow(TypeError);
  expect(make({ url: "http://hub.example", client: "takeout", insecure: true })).not.toThrow();
  expect(make({ url: "https://hub.example", client: "takeout" })).not.toThrow();
});

test.each(["EdDSA", "ES256"] as const)(
  "a ticket signed with %s bears what the hub checks",
  async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const signingKey = await exportJWK(privateKey);
    const signer = createTicketSigner({
      service: "realty",
      signingKey: JSON.stringify(signingKey),
    });
    const ticket = await signer.ticketFor("takeout");
    expect(decodeProtectedHeader(ticket)).toEqual({
      alg,
      typ: "service-ticket+jwt",
      kid: await calculateJwkThumbprint(signingKey),
    });
    const { iat = 0, exp = 0, ...who } = decodeJwt(ticket);
    expect(who).toEqual({ iss: "realty", sub: "realty", aud: "takeout" });
    expect(exp - iat).toBeLessThanOrEqual(3_600);
  },
);

test.each([
  ["EdDSA", "d"],
  ["EdDSA", "x"],
  ["ES256", "d"],
  ["ES256", "x"],
  ["ES256", "y"],
])(
  "a key for %s without `%s` throws TypeError at once, a cut one before it signs",
  async (alg, part) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const sign = (signingKey: object) => createTicketSigner({ service: "realty", signingKey });
    expect(() => sign({ ...jwk, [part]: undefined })).toThrow(/^signingKey: give a private JWK/);
    const cut = sign({ ...jwk, [part]: "abc" }).ticketFor("takeout");
    await expect(cut).rejects.toThrow(
      new TypeError("signingKey: give a whole private JWK; the runtime cannot read this one"),
    );
  },
);

test("a ticket serves again until shortly before it expires", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  const { privateJwk } = await createClient("realty");
  const signer = createTicketSigner({ service: "realty", signingKey: privateJwk });
  const first = await signer.ticketFor("takeout");
  expect(await signer.ticketFor("takeout")).toBe(first);
  expect(await signer.ticketFor("other")).not.toBe(first);
  const { exp = 0 } = decodeJwt(first);
  vi.setSystemTime((exp - 61) * 1000);
  expect(await signer.ticketFor("takeout")).toBe(first);
  vi.setSystemTime((exp - 59) * 1000);
  expect(await signer.ticketFor("takeout")).not.toBe(first);
});

test("a ticket from the future, after the clock was put back, is not given again", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-01-01T01:00:00Z") });
  const { privateJwk } = await createClient("realty");
  const signer = createTicketSigner({ service: "realty", signingKey: privateJwk });
  await signer.ticketFor("takeout");
  vi.setSystemTime(Date.parse("2026-01-01T00:00:00Z"));
  expect(decodeJwt(await signer.ticketFor("takeout")).iat).toBe(Date.now() / 1000);
});

test.each([
  ["nothing", undefined],
  ["no JSON", "secret"],
  ["a public key", { kty: "OKP", crv: "Ed25519", x: "AA" }],
  ["a key of another kind", { kty: "RSA", d: "AA" }],
])("%s as signing key is refused at once, and not quoted", (_, signingKey) => {
  const make = () => createTicketSigner({ service: "realty", signingKey });
  expect(make).toThrow(TypeError);
  expect(make).not.toThrow(/secret|AA/);
});
