import { callJson } from "../outgoing.ts";
import { type Refusal, readAccepted, readStatus, type Status } from "./answers.ts";
import { type Parties, type PortalKey, ticketsFor } from "./tickets.ts";

/** The two things a portal asks of the hub. Neither ever throws for what the hub does or does not do. */
export interface HubClient {
  status(uid: string): Promise<Status | Refusal>;
  /** Repeating it with the same `requestId` and the same categories starts nothing. */
  remove(
    uid: string,
    requestId: string,
    categoryIds: readonly string[],
  ): Promise<{ readonly kind: "ok" } | Refusal>;
}

// The hub answers a status within its budget, three seconds by default; a deletion waits for its commit.
const timeoutMs = { status: 5_000, remove: 10_000 };

export function createHubClient(
  settings: Parties & { readonly hubUrl: string },
  key: PortalKey,
): HubClient {
  const { hubUrl } = settings;
  return {
    async status(uid) {
      const headers = await ticketsFor(uid, settings, key);
      const url = `${hubUrl}/1/takeout/status/`;
      return readStatus(await callJson(url, { headers, timeoutMs: timeoutMs.status }));
    },
    async remove(uid, requestId, categoryIds) {
      const tickets = await ticketsFor(uid, settings, key);
      const url = `${hubUrl}/1/takeout/delete/?request_id=${encodeURIComponent(requestId)}`;
      const called = await callJson(url, {
        method: "POST",
        headers: { ...tickets, "Content-Type": "application/json" },
        body: JSON.stringify({ id: categoryIds }),
        timeoutMs: timeoutMs.remove,
      });
      return readAccepted(called);
    },
  };
}
