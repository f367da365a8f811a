import { createHash } from "node:crypto";
import { expect } from "vitest";
import yauzl from "yauzl";
import type { FakeService } from "./fake-service.ts";
import type { PortalAnswer, TestHub } from "./hub.ts";

/** What a test does with exports, as a portal or as a service would. */
export function exportsOf(hub: Pick<TestHub, "app" | "portal">) {
  const portalHeaders = async () => ({
    "x-ya-service-ticket": await hub.portal.serviceTicket(),
  });
  const submit = async (uid: string, requestId: string) =>
    await hub.app.request(`/1/takeout/export/submit/?uid=${uid}&request_id=${requestId}`, {
      method: "POST",
      headers: await portalHeaders(),
    });
  const askStatus = async (uid: string, jobId: string) =>
    await hub.app.request(`/1/takeout/export/status/?uid=${uid}&job_id=${jobId}`, {
      headers: await portalHeaders(),
    });
  const askLink = async (uid: string, jobId: string) =>
    await hub.app.request("/1/takeout/export/download/", {
      method: "POST",
      headers: {
        ...(await portalHeaders()),
        "x-ya-user-ticket": await hub.portal.userTicket(uid),
        "content-type": "application/json",
      },
      body: JSON.stringify({ job_id: jobId }),
    });
  return {
    submit,
    askStatus,
    askLink,
    /** Submits, and expects that it is accepted. */
    async start(uid: string, requestId = "r1"): Promise<string> {
      const answer = (await (await submit(uid, requestId)).json()) as PortalAnswer;
      expect(answer).toEqual({ status: "ok", data: { job_id: expect.any(String) } });
      return answer.data.job_id;
    },
    async status(uid: string, jobId: string) {
      return ((await (await askStatus(uid, jobId)).json()) as PortalAnswer).data;
    },
    /** The path of a fresh link. */
    async link(uid: string, jobId: string): Promise<string> {
      const answer = (await (await askLink(uid, jobId)).json()) as PortalAnswer;
      expect(answer).toMatchObject({ status: "ok" });
      return new URL(answer.data.url).pathname;
    },
    async upload(
      service: FakeService,
      jobId: string,
      name: string,
      body: NonNullable<RequestInit["body"]>,
      headers: Record<string, string> = {},
    ): Promise<Response> {
      const path = `/takeout/exports/${jobId}/files/${name}`;
      const request = new Request(new URL(path, "http://hub"), {
        method: "PUT",
        headers: { "x-ya-service-ticket": await service.client.serviceTicket(), ...headers },
        body,
        duplex: "half",
      } as RequestInit);
      return await hub.app.request(request);
    },
    async report(service: FakeService, body: Record<string, unknown>): Promise<Response> {
      return await hub.app.request("/takeout/set_export_status", {
        method: "POST",
        headers: {
          "x-ya-service-ticket": await service.client.serviceTicket(),
          "content-type": "application/json",
        },
        body: JSON.stringify({ service: service.name, ...body }),
      });
    },
  };
}

/** An export of a service that gave two files, `a` and `b`, of which the ledger has lost the second. */
export async function exportWithLostFile(
  hub: TestHub,
  service: FakeService,
  uid: string,
): Promise<string> {
  const exports = exportsOf(hub);
  service.onExport = () => ({ status: 202 });
  const jobId = await exports.start(uid);
  await hub.drain();
  await exports.upload(service, jobId, "a", "there");
  await exports.upload(service, jobId, "b", "lost");
  await hub.sql`delete from export_files where seq = (select max(seq) from export_files)`;
  await exports.report(service, { yandex_uid: uid, job_id: jobId, state: "exported" });
  await hub.drain();
  return jobId;
}

export function sha256(body: string | Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

/** The files of a ZIP, by their names. */
export async function unzip(bytes: ArrayBuffer): Promise<Map<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}
