import { type CryptoKey, createLocalJWKSet, type JWK, type JWSHeaderParameters } from "jose";
import { boundedFetch } from "../bounded-fetch.ts";
import { algorithmOf } from "./signing-key.ts";

/** No key set is at hand: none was ever read, or the last good one is too old, or may lack a new key. */
export class KeysUnavailable extends Error {
  override name = "KeysUnavailable";
}

/** Where public keys are read from. */
export interface RemoteKeysOptions {
  url: string;
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/** The public keys of one client, read over HTTP and remembered. */
export interface RemoteKeys {
  /**
   * The key a token names.
   * @throws KeysUnavailable; any other error means that there is no such key.
   */
  find(header: JWSHeaderParameters): Promise<CryptoKey>;
}

interface KeySet {
  kids: ReadonlySet<string>;
  find: (header: JWSHeaderParameters) => Promise<CryptoKey>;
  readAt: number;
}

// Source: contract section 3. Where the key may be one that could not be read, waiting 30 s would keep
// a service deaf for half a minute after its hub came up, or up again.
const rereadAfterMs = 10 * 60_000;
const rereadAtMostEveryMs = 30_000;
const missingAtMostEveryMs = 1_000;
const lastGoodServesMs = 24 * 60 * 60_000;
const limits = { timeoutMs: 3_000, maxBytes: 64 * 1024 };

/** Reads a JWKS when it is first needed, every 10 minutes of use, and on a `kid` it does not know. */
export function createRemoteKeys(options: RemoteKeysOptions): RemoteKeys {
  const now = options.now ?? (() => performance.now());
  const fetchOnce = boundedFetch(options.fetch ?? globalThis.fetch, limits);
  let good: KeySet | undefined;
  let hasFailed = false;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const readAt = now();
    triedAt = readAt;
    try {
      good = { ...(await readKeySet(fetchOnce, options.url)), readAt };
      hasFailed = false;
    } catch {
      hasFailed = true;
      // The last good set goes on serving; without one the caller learns KeysUnavailable.
    }
  }

  function usable(): KeySet | undefined {
    return good && now() - good.readAt < lastGoodServesMs ? good : undefined;
  }

  function isCurrent(kid: string | undefined): boolean {
    const set = usable();
    return Boolean(set && now() - set.readAt < rereadAfterMs && set.kids.has(kid ?? ""));
  }

  /** Whether nobody can say that there is no such key: the last set is too old, or was not the last to be asked for. */
  function mayBeNew(kid: string | undefined): boolean {
    const set = usable();
    return !set || (hasFailed && !set.kids.has(kid ?? ""));
  }

  function readWhenDue(kid: string | undefined): Promise<void> | undefined {
    const pauseMs = mayBeNew(kid) ? missingAtMostEveryMs : rereadAtMostEveryMs;
    if (!reading && now() - triedAt >= pauseMs) {
      reading = read().finally(() => {
        reading = undefined;
      });
    }
    return reading;
  }

  async function find(header: JWSHeaderParameters): Promise<CryptoKey> {
    // A call with a known key does not wait for a set that somebody else's unknown key asked for.
    if (!isCurrent(header.kid)) await readWhenDue(header.kid);
    const set = usable();
    if (!set || mayBeNew(header.kid)) throw new KeysUnavailable("the key set could not be read");
    return set.find(header);
  }

  return { find };
}

async function readKeySet(fetchOnce: (request: Request) => Promise<Response>, url: string) {
  const answer = await fetchOnce(new Request(url, { headers: { accept: "application/json" } }));
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  const body = (await answer.json()) as { keys?: unknown };
  if (!Array.isArray(body?.keys)) throw new Error("no key set");
  const keys = body.keys.filter(isPublicTicketKey);
  return { kids: new Set(keys.map((key) => key.kid)), find: createLocalJWKSet({ keys }) };
}

function isPublicTicketKey(key: JWK | null): key is JWK & { kid: string } {
  return Boolean(key && algorithmOf(key) && typeof key.kid === "string" && !("d" in key));
}
