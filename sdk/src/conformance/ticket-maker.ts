import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { ticketKinds } from "../../../generated/tickets.ts";
import { algorithmOf, checkSigningKey, type SigningKey } from "../tickets/signing-key.ts";

/** What a ticket may say in another way than a good one. A member that is `undefined` is left out. */
export interface TicketChange {
  header?: Readonly<Record<string, unknown>>;
  payload?: Readonly<Record<string, unknown>>;
  /** `hub` by default; `stranger`: a key that no key set has; `shared`: an HMAC; `none`: no signature. */
  signedBy?: "hub" | "stranger" | "shared" | "none";
  /** Puts another content under the signature. */
  alteredTo?: Readonly<Record<string, unknown>>;
}

/** Makes the hub's tickets for one service: good ones, and bad ones of every kind. */
export interface TicketMaker {
  /** What the hub serves at `/.well-known/jwks.json`. */
  readonly jwks: { readonly keys: readonly JWK[] };
  good(): string;
  make(change: TicketChange): string;
}

const goodForSeconds = 10 * 60;

/**
 * @param options.hubKey - the private JWK to sign with; a new one by default.
 * @throws TypeError when the key is unusable.
 */
export async function createTicketMaker(options: {
  hubClient: string;
  service: string;
  hubKey?: SigningKey | undefined;
}): Promise<TicketMaker> {
  const jwk = options.hubKey === undefined ? newKey() : checkSigningKey(options.hubKey, "hubKey");
  const alg = algorithmOf(jwk) ?? "EdDSA";
  const kid = jwk.kid || (await calculateJwkThumbprint(jwk));
  const own = createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
  const stranger = strangerTo(own);
  const { hubClient, service } = options;

  function make({ header, payload, signedBy = "hub", alteredTo }: TicketChange): string {
    const now = Math.floor(Date.now() / 1000);
    const head = encode({ alg, kid, typ: ticketKinds.service.typ, ...header });
    const times = { iat: now, exp: now + goodForSeconds };
    const claims = { iss: hubClient, sub: hubClient, aud: service, ...times, ...payload };
    const signed = `${head}.${encode(claims)}`;
    const signature = signatureOf(signed, signedBy);
    return `${alteredTo ? `${head}.${encode({ ...claims, ...alteredTo })}` : signed}.${signature}`;
  }

  function signatureOf(text: string, signedBy: NonNullable<TicketChange["signedBy"]>): string {
    if (signedBy === "none") return "";
    if (signedBy === "shared") {
      return createHmac("sha256", String(jwk.x)).update(text).digest("base64url");
    }
    return signWith(signedBy === "hub" ? own : stranger, text);
  }

  const keys = [{ ...publicPart(own), kid, alg, use: "sig" }];
  return { jwks: { keys }, make, good: () => make({}) };
}

function newKey(): JWK {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK;
}

/** Another key of the same kind, so that nothing but the key is wrong. */
function strangerTo(key: KeyObject): KeyObject {
  return key.asymmetricKeyType === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("ed25519").privateKey;
}

function signWith(key: KeyObject, text: string): string {
  const isEc = key.asymmetricKeyType === "ec";
  const data = Buffer.from(text);
  const signature = isEc
    ? sign("sha256", data, { key, dsaEncoding: "ieee-p1363" })
    : sign(null, data, key);
  return signature.toString("base64url");
}

function publicPart(key: KeyObject): JWK {
  return createPublicKey(key).export({ format: "jwk" }) as JWK;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
