import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { nobodysUid, type Probe, probeDelete, probeStatus } from "../connected/check-service.ts";
import type { ServiceClient, ServiceReply } from "../connected/service-client.ts";
import { TakeoutError } from "../domain/errors.ts";
import type { ServiceRules } from "../domain/registry.ts";
import type { ServiceCheck } from "../domain/service-check.ts";
import { insertCheck, isReported } from "../store/service-checks.ts";
import type { FlowContext } from "./context.ts";
import { learnServices } from "./learn-services.ts";

export interface CheckInput {
  readonly service: string;
  /** How long the report is waited for, in ms; 5,000 by default. */
  readonly reportWithinMs?: number;
}

const lookEveryMs = 100;

/**
 * Tries the way to a service and back: whether it can be reached, whether each accepts the other's tickets, how far
 * the clocks differ, and which categories it knows. A user that nobody is stands for the users.
 *
 * @throws TakeoutError `not_found`: no such service is configured; `unavailable`: the ledger is away.
 * Source: contract 10 and 12.
 */
export async function checkService(context: FlowContext, input: CheckInput): Promise<ServiceCheck> {
  const { service, reportWithinMs = 5_000 } = input;
  const rules = context.registry.findService(service);
  const client = context.services.get(service)?.questions;
  if (!rules || !client) throw new TakeoutError("not_found");
  await learnServices(context);
  const askedAt = context.clock.now();
  const asked = { uid: nobodysUid(), requestId: randomUUID() };
  const probe = await probeStatus(client, rules, asked);
  const between = (askedAt + context.clock.now()) / 2;
  const way =
    probe.reply.kind === "answer" && probe.reply.status === 200
      ? await tryDelete(context, { client, rules, ...asked, reportWithinMs })
      : ({ serviceTicket: "unknown", error: null } as const);
  return {
    service,
    isReachable: probe.reply.kind === "answer",
    error: errorOf(probe) ?? way.error,
    hubTicket: hubTicketOf(probe.reply),
    serviceTicket: way.serviceTicket,
    clockDifferenceMs: differenceOf(probe.reply, between),
    missingCategories: rules.categories.filter((id) => !probe.answered.has(id)),
  };
}

function errorOf({ reply, answered }: Probe): string | null {
  if (reply.kind === "no_answer") return reply.code;
  if (reply.status !== 200) return `http_${reply.status}`;
  return answered.size === 0 ? "unreadable" : null;
}

function hubTicketOf(reply: ServiceReply): ServiceCheck["hubTicket"] {
  if (reply.kind === "no_answer") return "unknown";
  if (reply.status === 401 || reply.status === 403) return "refused";
  return reply.status === 200 ? "accepted" : "unknown";
}

/** A `Date` header is cut to seconds, so that half of one is added. */
function differenceOf(reply: ServiceReply, now: number): number | null {
  if (reply.kind === "no_answer" || reply.date === null) return null;
  return Math.round(reply.date + 500 - now);
}

interface Attempt {
  readonly client: ServiceClient;
  readonly rules: ServiceRules;
  readonly uid: string;
  readonly requestId: string;
  readonly reportWithinMs: number;
}

/** A report that names the check is refused like one of an older deletion, which needs a good ticket before. */
async function tryDelete(
  { store }: FlowContext,
  { client, rules, reportWithinMs, ...asked }: Attempt,
): Promise<Pick<ServiceCheck, "serviceTicket" | "error">> {
  const checkId = randomUUID();
  await insertCheck(store, checkId, rules.name);
  const outcome = await probeDelete(client, rules, { ...asked, checkId });
  if (outcome.kind === "done") return { serviceTicket: "not_expected", error: null };
  if (outcome.kind !== "accepted") {
    const error = outcome.kind === "denied" ? "delete_denied" : outcome.code;
    return { serviceTicket: "unknown", error };
  }
  for (const endsAt = performance.now() + reportWithinMs; ; ) {
    if (await isReported(store, checkId)) return { serviceTicket: "accepted", error: null };
    if (performance.now() > endsAt) return { serviceTicket: "no_report", error: null };
    await setTimeout(lookEveryMs);
  }
}
