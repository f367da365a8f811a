import { callJson } from "../outgoing.ts";
import { type Refusal, readAccepted, readStatus, type Status } from "./answers.ts";
import { type Export, readExport, readJob, readLink } from "./export-answers.ts";
import { type Parties, type PortalKey, ticketsFor } from "./tickets.ts";

/** What a portal asks of the hub. Neither ever throws for what the hub does or does not do. */
export interface HubClient {
  status(uid: string): Promise<Status | Refusal>;
  /** Repeating it with the same `requestId` and the same categories starts nothing. */
  remove(
    uid: string,
    requestId: string,
    categoryIds: readonly string[],
  ): Promise<{ readonly kind: "ok" } | Refusal>;
  /** Repeating it, and asking while a copy is being collected, gives the job that there is. */
  orderCopy(
    uid: string,
    requestId: string,
  ): Promise<{ readonly kind: "ok"; readonly jobId: string } | Refusal>;
  copyStatus(uid: string, jobId: string): Promise<Export | Refusal>;
  /** A fresh link to the archive, which works for a few minutes. */
  copyLink(
    uid: string,
    jobId: string,
  ): Promise<{ readonly kind: "ok"; readonly url: string } | Refusal>;
}

// The hub answers a status within its budget, three seconds by default; a deletion waits for its commit.
const timeoutMs = { status: 5_000, write: 10_000 };

export function createHubClient(
  settings: Parties & { readonly hubUrl: string },
  key: PortalKey,
): HubClient {
  const exportUrl = `${settings.hubUrl}/1/takeout/export`;
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
        timeoutMs: timeoutMs.write,
      });
      return readAccepted(called);
    },
    async orderCopy(uid, requestId) {
      const query = new URLSearchParams({ uid, request_id: requestId });
      const headers = await ticketsFor(uid, settings, key);
      const init = { method: "POST", headers, timeoutMs: timeoutMs.write };
      return readJob(await callJson(`${exportUrl}/submit/?${query}`, init));
    },
    async copyStatus(uid, jobId) {
      const query = new URLSearchParams({ uid, job_id: jobId });
      const headers = await ticketsFor(uid, settings, key);
      const init = { headers, timeoutMs: timeoutMs.status };
      return readExport(await callJson(`${exportUrl}/status/?${query}`, init));
    },
    async copyLink(uid, jobId) {
      const tickets = await ticketsFor(uid, settings, key);
      const called = await callJson(`${exportUrl}/download/`, {
        method: "POST",
        headers: { ...tickets, "Content-Type": "application/json" },
        body: JSON.stringify({ job_id: jobId }),
        timeoutMs: timeoutMs.write,
      });
      return readLink(called);
    },
  };
}
