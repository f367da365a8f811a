import type { Page, ShownService } from "../../domain/shown.ts";
import { selectBacklogs } from "../../store/admin-lists.ts";
import type { Sql, Transaction } from "../../store/connect.ts";
import { readKnownServices } from "../../store/service-states.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";

const nothing = { open: 0, parked: 0, failing: 0 };

/**
 * A page of services by name, with those that are not configured any more while parts wait for them.
 *
 * @param after - the name that the page before ended with.
 * @throws TakeoutError `unavailable`.
 * Source: contract 10.
 */
export async function listServices(
  context: FlowContext,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Page<ShownService, string>> {
  const known = await guarded(readAll(context.store.sql));
  const names = new Set([
    ...context.registry.services.map(({ name }) => name),
    ...known.backlogs.keys(),
  ]);
  const rest = [...names].sort().filter((name) => after === null || name > after);
  const items = rest.slice(0, limit).map((service) => show(context, known, service));
  return { items, next: rest.length > items.length ? (items.at(-1)?.service ?? null) : null };
}

/** One service as it is. */
export async function showService(
  context: FlowContext,
  sql: Transaction,
  service: string,
): Promise<ShownService> {
  return show(context, await readAll(sql), service);
}

type Known = Awaited<ReturnType<typeof readAll>>;

async function readAll(sql: Sql | Transaction) {
  const [counted, states] = await Promise.all([selectBacklogs(sql), readKnownServices(sql)]);
  return {
    backlogs: new Map(counted.map(({ service, ...backlog }) => [service, backlog])),
    states: new Map(states.map((state) => [state.service, state])),
  };
}

function show(
  { registry }: FlowContext,
  { backlogs, states }: Known,
  service: string,
): ShownService {
  const state = states.get(service);
  return {
    service,
    isConfigured: registry.findService(service) !== undefined,
    pausedAt: state?.pausedAt ?? null,
    breaker: state?.breaker ?? "closed",
    breakerSince: state?.since ?? null,
    backlog: backlogs.get(service) ?? nothing,
  };
}
