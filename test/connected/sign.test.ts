import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { type PrivateJwk, readPrivateJwk } from "../../src/config/jwk.ts";
import { createTicketSigner } from "../../src/connected/sign.ts";
import { makeKey } from "../config/samples.ts";

const clock = { ms: 1_800_000_000_000 };
const at = (ms: number) => ({ currentDate: new Date(ms) });

function keyOf(alg: "EdDSA" | "ES256"): PrivateJwk {
  const read = readPrivateJwk(makeKey(alg).privateJwk);
  if (read.kind === "fault") throw new Error(read.message);
  return read.value;
}

const signerWith = (signingKey: PrivateJwk) =>
  createTicketSigner({ client: "takeout", signingKey, now: () => clock.ms });

test.each(["EdDSA", "ES256"] as const)(
  "a called service can check the hub's ticket with the keys that the hub shows: %s",
  async (alg) => {
    const signer = signerWith(keyOf(alg));
    const keys = createLocalJWKSet(JSON.parse(JSON.stringify(signer.publicJwks())));
    const { payload, protectedHeader } = await jwtVerify(signer.serviceTicket("realty"), keys, {
      ...at(clock.ms),
      algorithms: [alg],
      typ: "service-ticket+jwt",
      issuer: "takeout",
      subject: "takeout",
      audience: "realty",
    });
    const iat = clock.ms / 1000;
    expect(payload).toEqual({
      iss: "takeout",
      sub: "takeout",
      aud: "realty",
      iat,
      exp: iat + 3_600,
    });
    expect(protectedHeader.kid).toBe(signer.publicJwks().keys[0]?.kid);
  },
);

test("the keys that the hub shows bear no private part, and the thumbprint as their name", async () => {
  const key = keyOf("ES256");
  const [shown, ...more] = signerWith(key).publicJwks().keys;
  expect(more).toEqual([]);
  expect(Object.keys(shown ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  expect(shown?.kid).toBe(await calculateJwkThumbprint({ ...key }));
});

test("a ticket is used again until five minutes before its end, for each audience its own", () => {
  const signer = signerWith(keyOf("EdDSA"));
  const start = clock.ms;
  const first = signer.serviceTicket("realty");
  expect(signer.serviceTicket("orders")).not.toBe(first);
  clock.ms = start + 55 * 60_000 - 1;
  expect(signer.serviceTicket("realty")).toBe(first);
  clock.ms += 1;
  expect(signer.serviceTicket("realty")).not.toBe(first);
  clock.ms = start;
});

test("a ticket from before our clock was set back is not sent any more: others would take it for one of the future", () => {
  const signer = signerWith(keyOf("EdDSA"));
  const before = signer.serviceTicket("realty");
  const was = clock.ms;
  clock.ms -= 300_000;
  const after = signer.serviceTicket("realty");
  clock.ms = was;
  expect(after).not.toBe(before);
});
