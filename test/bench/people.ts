import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { createClient, type TestClient } from "../support/tickets.ts";

/** Who takes part in a run: each has a key of its own, as in life. */
export interface People {
  readonly hub: TestClient;
  readonly portal: Signer;
  readonly desk: Signer;
  /** `service-1` and so on. */
  readonly services: readonly Signer[];
}

/** Signs tickets by the thousand: a fifth of what a library that checks everything first would need. */
export interface Signer {
  readonly client: TestClient;
  serviceTicket(): string;
  /** Each is another string, also for the same user. */
  userTicket(subject: string): string;
}

const audience = "takeout";

export async function createPeople(services: number): Promise<People> {
  const names = Array.from({ length: services }, (_, at) => `service-${at + 1}`);
  return {
    hub: await createClient(audience),
    portal: createSigner(await createClient("passport")),
    desk: createSigner(await createClient("desk")),
    services: await Promise.all(names.map(async (name) => createSigner(await createClient(name)))),
  };
}

function createSigner(client: TestClient): Signer {
  const { name, privateJwk } = client;
  const key = createPrivateKey({ key: privateJwk as Record<string, string>, format: "jwk" });
  const header = (typ: string) => encode({ alg: "EdDSA", kid: privateJwk.kid, typ });
  const [serviceHeader, userHeader] = [header("service-ticket+jwt"), header("user-ticket+jwt")];
  let made = 0;
  const ticket = (head: string, sub: string, seconds: number) => {
    const iat = Math.floor(Date.now() / 1_000);
    made += 1;
    const claims = { iss: name, sub, aud: audience, iat, exp: iat + seconds, jti: `${made}` };
    return signed(`${head}.${encode(claims)}`, key);
  };
  return {
    client,
    serviceTicket: () => ticket(serviceHeader, name, 3_600),
    userTicket: (subject) => ticket(userHeader, subject, 900),
  };
}

function signed(text: string, key: KeyObject): string {
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Users whose deletions are stored already, from 0. */
export function storedUid(at: number): string {
  return String(7_000_000_000 + at);
}

let newcomers = 0;

/** A user that no run has seen. */
export function newUid(): string {
  newcomers += 1;
  return String(9_000_000_000 + newcomers);
}
