import { join } from "node:path";
import { Agent, request } from "undici";
import type { Dice } from "../../support/random.ts";
import { createClient } from "../../support/tickets.ts";
import { logFiles, openLog, type ReportEntry, toReportEntry } from "../logs.ts";
import type { Stage } from "../stage.ts";
import type { Made } from "./kinds.ts";

/** A report as it was sent once, and what was answered; `null`: nobody knows. */
export interface Sent {
  readonly kind: string;
  readonly made: Made;
  readonly text: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** `ok`, or the code of a problem. */
  readonly answer: string | null;
}

type Order = Omit<Sent, "sentAt" | "answeredAt" | "answer">;

/** Sends a report to one of the hub's processes, with the ticket that its kind bears. */
export async function createSender({ clients, portal, fleet, folder }: Stage, dice: Dice) {
  const agent = new Agent({ connections: 8 });
  const log = openLog<ReportEntry>(join(folder, logFiles.reports));
  const urls = fleet.urls();
  const ticketOf = await issueTickets([...clients.keys()]);

  async function issueTickets(names: readonly string[]) {
    const tickets = new Map<string, string>();
    const ofPortal = await portal.serviceTicket();
    for (const [at, name] of names.entries()) {
      const own = clients.get(name);
      const other = clients.get(names[(at + 1) % names.length] ?? "");
      const forger = await createClient(name);
      if (!own || !other) continue;
      tickets.set(`own ${name}`, await own.serviceTicket());
      tickets.set(`portal's ${name}`, ofPortal);
      tickets.set(`with another's key ${name}`, await forger.serviceTicket());
      tickets.set(`for another ${name}`, await own.serviceTicket("elsewhere"));
      tickets.set(`of another service ${name}`, await other.serviceTicket());
    }
    return ({ ticket = "own", body }: Made) => tickets.get(`${ticket} ${body.service}`);
  }

  async function post(text: string, ticket: string | undefined): Promise<string | null> {
    const { statusCode, body } = await request(`${dice.pick(urls)}/takeout/set_data_status`, {
      dispatcher: agent,
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(ticket !== undefined && { "x-ya-service-ticket": ticket }),
      },
      body: text,
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await body.json()) as { code?: string };
    if (statusCode >= 500) return null; // the outcome is open
    return statusCode === 200 ? "ok" : `${answer.code}`;
  }

  return {
    async send(order: Order): Promise<Sent> {
      const { ticket = "own", body } = order.made;
      if (ticket === "own") log.write(toReportEntry(body)); // the others are nobody's word
      const sentAt = Date.now();
      const answer = await post(order.text, ticketOf(order.made)).catch(() => null);
      return { ...order, sentAt, answeredAt: Date.now(), answer };
    },
    async [Symbol.asyncDispose]() {
      log[Symbol.dispose]();
      await agent.destroy();
    },
  };
}
