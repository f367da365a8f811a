import { TakeoutError } from "../../domain/errors.ts";
import type { HttpContext } from "../context.ts";
import type { LimitName } from "./limits.ts";

/**
 * Counts a request of a client whose ticket was verified: nobody else can put a key into memory.
 *
 * @throws TakeoutError `rate_limited`.
 */
export async function admitClient(
  context: HttpContext,
  surface: "portal" | "service",
  client: string,
): Promise<void> {
  await admit(context, surface, client);
}

/**
 * Counts a request for a user. One that is refused does not count against the portal, or a single user could
 * use up what all others share.
 *
 * @throws TakeoutError `rate_limited`.
 */
export async function admitUser(context: HttpContext, portal: string, uid: string): Promise<void> {
  try {
    await admit(context, "user", uid);
  } catch (error) {
    await context.limits.portal.giveBack(portal);
    throw error;
  }
}

async function admit(context: HttpContext, name: LimitName, key: string): Promise<void> {
  const retryAfterSeconds = await context.limits[name].take(key);
  if (retryAfterSeconds === null) return;
  context.metrics.requestLimited(name);
  throw new TakeoutError("rate_limited", { retryAfterSeconds });
}
