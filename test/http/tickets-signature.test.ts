import { createHook } from "node:async_hooks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PrivateJwk, publicPart } from "../../src/config/jwk.ts";
import { importKeys, type TicketKey } from "../../src/http/tickets/client-keys.ts";
import { preferNative, verifySignature } from "../../src/http/tickets/verify-signature.ts";
import { forge } from "./tickets/forge.ts";
import { newKey } from "./tickets/landscape.ts";

const checks = { "this machine's own": verifySignature, "node's": preferNative(undefined) };
const signers = { EdDSA: newKey("first"), ES256: newKey("second", "ES256") };
const header = { typ: "user-ticket+jwt" };
const claims = { iss: "passport", sub: "4001", aud: "takeout", iat: 1, exp: 2 };

function imported(jwk: PrivateJwk): TicketKey {
  const key = importKeys([publicPart(jwk)]).get(jwk.kid);
  if (key === undefined) throw new Error(`${jwk.kid} was not imported`);
  return key;
}

/** The same ticket with one byte of its header, its claims or its signature changed. */
function tamper(token: string, part: number, at: number): string {
  const parts = token.split(".");
  const bytes = Buffer.from(parts[part] ?? "", "base64url");
  const index = at % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  parts[part] = bytes.toString("base64url");
  return parts.join(".");
}

describe.each(Object.entries(checks))("signatures checked by %s", (_, check) => {
  describe.each(Object.entries(signers))("%s", (_alg, signer) => {
    const key = imported(signer);
    const token = forge(header, claims, signer);

    test("one by the key is good, also long after the ticket's time", async () => {
      expect(await check(key, token)).toBe(true);
    });

    test("one by another key of the same name is not", async () => {
      const other = newKey(signer.kid, signer.alg);
      expect(await check(imported(other), token)).toBe(false);
    });

    test("not a byte of it may change", async () => {
      const places = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat());
      await fc.assert(
        fc.asyncProperty(places, async ([part, at]) => {
          expect(await check(key, tamper(token, part, at))).toBe(false);
        }),
      );
    });

    test.each([
      ["none", ""],
      ["a short one", "AAAA"],
      ["one of zeros", Buffer.alloc(64).toString("base64url")],
      ["a longer one", `${token.split(".")[2]}AAAA`],
    ])("%s is no signature", async (_name, signature) => {
      const signed = token.slice(0, token.lastIndexOf("."));
      expect(await check(key, `${signed}.${signature}`)).toBe(false);
    });

    test("what else a ticket says does not matter", async () => {
      const members = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
      await fc.assert(
        fc.asyncProperty(members, async (more) => {
          expect(await check(key, forge(header, { ...more, ...claims }, signer))).toBe(true);
        }),
      );
    });
  });

  test("the same EdDSA signature with its number one order higher is another's", async () => {
    const token = forge(header, claims, signers.EdDSA);
    const [head, body, signature] = token.split(".");
    const bytes = Buffer.from(signature ?? "", "base64url");
    const higher = readLittleEndian(bytes.subarray(32)) + groupOrder;
    writeLittleEndian(bytes.subarray(32), higher);
    const malleable = `${head}.${body}.${bytes.toString("base64url")}`;
    expect(await check(imported(signers.EdDSA), malleable)).toBe(false);
  });
});

const isBuilt =
  process.platform === "linux" && process.arch === "x64" && "glibcVersionRuntime" in reportHeader();

test.runIf(isBuilt)("where there is a build for the machine, node checks ES256 alone", async () => {
  const tickets = Object.values(signers).map((signer) => ({
    key: imported(signer),
    token: forge(header, claims, signer),
  }));
  const byNode = { count: 0 };
  const init = (_id: number, type: string) => {
    if (type === "SIGNREQUEST") byNode.count += 1;
  };
  const hook = createHook({ init }).enable();
  for (const { key, token } of tickets) expect(await verifySignature(key, token)).toBe(true);
  hook.disable();
  expect(byNode.count).toBe(1);
});

/** Source: RFC 8032, section 5.1. */
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

function readLittleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function writeLittleEndian(bytes: Buffer, value: bigint): void {
  const hex = value.toString(16).padStart(bytes.length * 2, "0");
  bytes.set(Buffer.from(hex, "hex").reverse());
}

function reportHeader(): object {
  const { header: found } = process.report.getReport() as { header: object };
  return found;
}
