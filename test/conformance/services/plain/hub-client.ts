import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { importJWK, SignJWT } from "jose";
import type { Behaviour } from "./behaviour.ts";
import type { Settings } from "./settings.ts";

/** What the service says to the hub. */
export interface HubClient {
  /** Repeats a report until it is taken or refused for good. */
  report(path: string, body: object): Promise<"taken" | "refused">;
  upload(url: string, name: string, content: string): Promise<{ name: string; sha256: string }>;
}

export function createHubClient(settings: Settings, behaviour: Behaviour): HubClient {
  async function headers(): Promise<Record<string, string>> {
    const { signingKey, service } = settings;
    const now = Math.floor(Date.now() / 1000);
    const ticket = await new SignJWT()
      .setProtectedHeader({
        alg: "EdDSA",
        kid: signingKey.kid ?? "",
        typ: "service-ticket+jwt",
      })
      .setIssuer(service)
      .setSubject(service)
      .setAudience(behaviour.audienceOfReports ?? "nobody")
      .setIssuedAt(now)
      .setExpirationTime(now + 300)
      .sign(await importJWK(signingKey, "EdDSA"));
    return { "content-type": "application/json", "x-ya-service-ticket": ticket };
  }

  async function report(path: string, body: object): Promise<"taken" | "refused"> {
    for (;;) {
      const init = { method: "POST", headers: await headers(), body: JSON.stringify(body) };
      const status = await fetch(`${settings.hubUrl}${path}`, {
        ...init,
        signal: AbortSignal.timeout(10_000),
      }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return "taken";
      if (behaviour.isFinal(status)) return "refused";
      await pause(behaviour.reportAgainMs);
    }
  }

  async function upload(url: string, name: string, content: string) {
    const digest = createHash("sha256").update(content).digest();
    const answer = await fetch(`${url}${encodeURIComponent(name)}`, {
      method: "PUT",
      headers: {
        ...(await headers()),
        "content-digest": `sha-256=:${digest.toString("base64")}:`,
      },
      body: content,
    });
    if (answer.status !== 200) throw new Error(`upload: ${answer.status}`);
    return { name, sha256: digest.toString("hex") };
  }

  return { report, upload };
}
