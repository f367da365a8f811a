import { randomBytes } from "node:crypto";
import { Logger, runOnce } from "graphile-worker";
import type { FlowContext } from "../../src/flows/context.ts";
import { createApp } from "../../src/http/app.ts";
import { type DerivedKeys, deriveKeyring } from "../../src/store/keys.ts";
import { createSubjects } from "../../src/store/subjects.ts";
import { createWorkerPool } from "../../src/worker/retrying-pool.ts";
import { createTaskList } from "../../src/worker/tasks.ts";
import type { FakeService } from "./fake-service.ts";
import type { PortalAnswer, TestHub } from "./hub.ts";

/** A process of a test's hub that has secrets of its own. */
export interface KeyedProcess {
  readonly flows: FlowContext;
  status(uid: string): Promise<PortalAnswer>;
  remove(uid: string, requestId: string, categoryIds: readonly string[]): Promise<Response>;
  report(service: FakeService, body: Record<string, unknown>): Promise<Response>;
  /** Runs the queue until nothing is due. */
  drain(): Promise<void>;
}

export function newKeys(): DerivedKeys {
  return deriveKeyring([randomBytes(32)]).current;
}

/** @param all - of its secrets, the current one first. */
export function startKeyed(hub: TestHub, ...all: [DerivedKeys, ...DerivedKeys[]]): KeyedProcess {
  const keyring = { current: all[0], all };
  const flows: FlowContext = { ...hub.flows, keyring, subjects: createSubjects(keyring) };
  const app = createApp({ ...hub.context.http, flows });
  const asPortal = async (uid: string, path: string, init: RequestInit = {}) =>
    await app.request(path, {
      ...init,
      headers: {
        "x-ya-service-ticket": await hub.portal.serviceTicket(),
        "x-ya-user-ticket": await hub.portal.userTicket(uid),
        "content-type": "application/json",
      },
    });
  return {
    flows,
    status: async (uid) =>
      (await (await asPortal(uid, "/1/takeout/status/")).json()) as PortalAnswer,
    remove: (uid, requestId, categoryIds) =>
      asPortal(uid, `/1/takeout/delete/?request_id=${encodeURIComponent(requestId)}`, {
        method: "POST",
        body: JSON.stringify({ id: categoryIds }),
      }),
    report: async (service, body) =>
      await app.request("/takeout/set_data_status", {
        method: "POST",
        headers: {
          "x-ya-service-ticket": await service.client.serviceTicket(),
          "content-type": "application/json",
        },
        body: JSON.stringify({ service: service.name, ...body }),
      }),
    async drain() {
      const pool = createWorkerPool(hub.databaseUrl, 4);
      try {
        await runOnce({
          logger: new Logger(() => () => {}),
          pgPool: pool,
          taskList: { ...createTaskList(flows, "delete"), ...createTaskList(flows, "export") },
          noHandleSignals: true,
        });
      } finally {
        await pool.end();
      }
    },
  };
}
