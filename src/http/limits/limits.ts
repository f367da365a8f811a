import { hash, randomBytes } from "node:crypto";
import type { Config } from "../../config/types.ts";
import { createLimit, type Limit } from "./limit.ts";

/** What is counted: requests of a portal, for a user, and of a service. */
export type LimitName = keyof Config["limits"];

/** Each is asked with the client's name, or the user's uid. */
export type Limits = { readonly [Name in LimitName]: Limit };

/** The limits of this process; each process counts for itself. */
export function createLimits(rates: Config["limits"]): Limits {
  return {
    portal: createLimit(rates.portal),
    user: withHashedKeys(createLimit(rates.user)),
    service: createLimit(rates.service),
  };
}

/** Nothing but this process ever compares these hashes, so its own salt does; an HMAC costs thirty times as much. */
function withHashedKeys(limit: Limit): Limit {
  const salt = randomBytes(32).toString("base64");
  const hashed = (key: string) => hash("sha256", salt + key, "base64url");
  return {
    take: (key) => limit.take(hashed(key)),
    giveBack: (key) => limit.giveBack(hashed(key)),
    size: limit.size,
  };
}
