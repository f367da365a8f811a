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

/**
 * What waits for a service. Counted for its own sake, outside any transaction: it takes long where millions wait.
 *
 * @throws TakeoutError `unavailable`.
 */
export async function countBacklog({ store }: FlowContext, service: string): Promise<Backlogs> {
  return byName(await guarded(selectBacklogs(store.sql, service)));
}

/** One service as it is, with the backlog that was counted. */
export async function showService(
  context: FlowContext,
  sql: Transaction,
  service: string,
  backlogs: Backlogs,
): Promise<ShownService> {
  return show(context, { backlogs, states: byName(await readKnownServices(sql)) }, service);
}

type Backlogs = ReadonlyMap<string, ShownService["backlog"]>;
type Known = Awaited<ReturnType<typeof readAll>>;

async function readAll(sql: Sql) {
  const [counted, states] = await Promise.all([selectBacklogs(sql), readKnownServices(sql)]);
  return { backlogs: byName(counted), states: byName(states) };
}

function byName<Row extends { readonly service: string }>(rows: readonly Row[]) {
  return new Map(rows.map(({ service, ...rest }) => [service, rest]));
}

function show(
  { registry }: FlowContext,
  { backlogs, states }: { readonly backlogs: Backlogs; readonly states: Known["states"] },
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
