import type { Page, ShownService } from "../../domain/shown.ts";
import { selectBacklogs } from "../../store/admin-lists.ts";
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
  { registry, store }: FlowContext,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<Page<ShownService, string>> {
  const [counted, known] = await guarded(
    Promise.all([selectBacklogs(store.sql), readKnownServices(store.sql)]),
  );
  const backlogs = new Map(counted.map(({ service, ...backlog }) => [service, backlog]));
  const states = new Map(known.map((state) => [state.service, state]));
  const names = new Set([...registry.services.map(({ name }) => name), ...backlogs.keys()]);
  const rest = [...names].sort().filter((name) => after === null || name > after);
  const items = rest.slice(0, limit).map((service) => ({
    service,
    isConfigured: registry.findService(service) !== undefined,
    pausedAt: states.get(service)?.pausedAt ?? null,
    breaker: states.get(service)?.breaker ?? "closed",
    breakerSince: states.get(service)?.since ?? null,
    backlog: backlogs.get(service) ?? nothing,
  }));
  return { items, next: rest.length > items.length ? (items.at(-1)?.service ?? null) : null };
}
