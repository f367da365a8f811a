import { setTimeout as pause } from "node:timers/promises";
import { createTicketSigner } from "takeout-sdk/tickets";
import { Agent, request } from "undici";
import { type Log, type ReportEntry, toReportEntry } from "../logs.ts";
import type { HubSetup, StubSetup } from "./setup.ts";

/** The body of set_data_status without the service's name. */
export type Report = Readonly<Record<string, unknown>>;

export interface Reports {
  /** Repeats it until it is taken or finally refused. @returns the last status; 0 after giving up. */
  send(report: Report): Promise<number>;
  /** How many are on their way still. */
  pending(): number;
}

const triesAtMost = 300;
const longestPauseMs = 1_000;
const transient = new Set([408, 425, 429]);

export function createReports(service: StubSetup, hub: HubSetup, log: Log<ReportEntry>): Reports {
  const signer = createTicketSigner({ service: service.name, signingKey: service.privateJwk });
  const agent = new Agent({ connections: 8, keepAliveTimeout: 2_000 });
  let underWay = 0;

  async function post(url: string, report: Report): Promise<number> {
    const response = await request(`${url}/takeout/set_data_status`, {
      dispatcher: agent,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-ya-service-ticket": await signer.ticketFor(hub.client),
      },
      body: JSON.stringify({ service: service.name, ...report }),
      signal: AbortSignal.timeout(10_000),
    });
    await response.body.dump();
    return response.statusCode;
  }

  async function repeat(report: Report): Promise<number> {
    for (let tries = 0; tries < triesAtMost; tries += 1) {
      const url = hub.urls[tries % hub.urls.length] ?? "";
      const status = await post(url, report).catch(() => 503);
      if (status < 500 && !transient.has(status)) return status;
      await pause(Math.min(50 * 2 ** tries, longestPauseMs) * (0.5 + Math.random() / 2));
    }
    return 0;
  }

  return {
    async send(report) {
      underWay += 1;
      log.write(toReportEntry({ service: service.name, ...report }));
      return await repeat(report).finally(() => {
        underWay -= 1;
      });
    },
    pending: () => underWay,
  };
}
