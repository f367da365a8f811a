import type { JWK } from "jose";

interface Client {
  readonly name: string;
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** What the peer is started with, as JSON in `PEER`. */
export interface PeerSettings {
  readonly port: number;
  readonly databaseUrl: string;
  /** Its own name, as callers address it and as it signs. */
  readonly name: string;
  readonly key: JWK;
  /** In base64; users are stored as keyed hashes. */
  readonly secret: string;
  readonly portals: readonly Client[];
  readonly services: readonly (Client & { readonly url: string })[];
  readonly categories: readonly { readonly id: string; readonly slug: string }[];
  /** Whether this process also calls services. */
  readonly works: boolean;
}
