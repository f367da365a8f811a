import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { Parties } from "./tickets.ts";

/** Whether a call comes from the hub: by the ticket that it signs for this portal. */
export type CheckHub = (
  ticket: string | undefined,
) => Promise<"ok" | "missing" | "invalid" | "unavailable">;

/** The hub's keys are read from the hub itself, and again when it signs with another. */
export function createHubCheck({
  hubUrl,
  hubClient,
  portalName,
}: Parties & { readonly hubUrl: string }): CheckHub {
  const keys = createRemoteJWKSet(new URL(`${hubUrl}/.well-known/jwks.json`), {
    timeoutDuration: 3_000,
  });
  return async (ticket) => {
    if (ticket === undefined) return "missing";
    try {
      await jwtVerify(ticket, keys, {
        typ: "service-ticket+jwt",
        algorithms: ["EdDSA", "ES256"],
        issuer: hubClient,
        subject: hubClient,
        audience: portalName,
        requiredClaims: ["iat", "exp"],
        maxTokenAge: "1h",
        clockTolerance: "30s",
      });
      return "ok";
    } catch (error) {
      return isAway(error) ? "unavailable" : "invalid";
    }
  };
}

/** The keys could not be had; that says nothing about the ticket. */
function isAway(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return error instanceof errors.JWKSTimeout || error.code === "ERR_JOSE_GENERIC";
}
