import type { Store } from "./connect.ts";
import { guarded } from "./transaction.ts";

/** The state of the ledger and the queue in numbers; the same whichever process reads it. */
export interface Gauges {
  readonly parts: readonly {
    readonly service: string;
    readonly categoryId: string;
    readonly state: string;
    readonly count: number;
    /** Age of the oldest, in seconds since acceptance; 0 for closed states. */
    readonly oldestSeconds: number;
    /** Open and older than `warn_after`. */
    readonly stuck: number;
  }[];
  readonly jobs: readonly { readonly task: string; readonly count: number }[];
  /** Services whose breaker is open. */
  readonly openBreakers: readonly string[];
}

const gaugesDeadlineMs = 4_500;

/** @throws TakeoutError `unavailable`. */
export async function readGauges(store: Store, warnAfterMs: number): Promise<Gauges> {
  const { sql } = store;
  const [parts, jobs, open] = await guarded(
    Promise.all([
      sql<Gauges["parts"][number][]>`
        select p.service, p.category_id as "categoryId", p.state, count(*)::int as count,
               coalesce(max(extract(epoch from clock_timestamp() - d.accepted_at))
                 filter (where p.closed_at is null), 0)::float8 as "oldestSeconds",
               (count(*) filter (where p.closed_at is null
                 and d.accepted_at < clock_timestamp() - ${warnAfterMs} * interval '1 ms'))::int as stuck
          from parts p left join deletions d on d.id = p.deletion_id and p.closed_at is null
         group by 1, 2, 3`,
      sql<Gauges["jobs"][number][]>`
        select task_identifier as task, count(*)::int as count from graphile_worker.jobs group by 1`,
      sql<{ service: string }[]>`select service from service_states where breaker = 'open'`,
    ]),
    gaugesDeadlineMs,
  );
  return { parts, jobs, openBreakers: open.map(({ service }) => service) };
}
