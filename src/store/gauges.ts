import type { StuckRules } from "../domain/thresholds.ts";
import { thresholdAges } from "../domain/thresholds.ts";
import { type QueueName, queueNames, tasks } from "../queue/tasks.ts";
import type { Store } from "./connect.ts";
import { openStatesSql } from "./open-states.ts";
import { addUpClosed } from "./part-counts.ts";
import { guarded } from "./transaction.ts";

/** The state of the ledger and the queue in numbers; the same whichever process reads it. */
export interface Gauges {
  readonly parts: readonly GaugedParts[];
  readonly jobs: readonly {
    readonly task: string;
    readonly count: number;
    /** For how long the oldest that is due has waited for a worker, in seconds. */
    readonly lateSeconds: number;
  }[];
  /** Services whose breaker is open. */
  readonly openBreakers: readonly string[];
  /** Worker processes that live, of each queue. */
  readonly workers: readonly { readonly queue: QueueName; readonly count: number }[];
  /** Since the stuck watch ended last, or never did though there was a worker; `null`: there was none yet. */
  readonly watchAgeSeconds: number | null;
}

/** Parts of one service, category and state. */
interface GaugedParts {
  readonly service: string;
  readonly categoryId: string;
  readonly state: string;
  readonly count: number;
  /** Age of the oldest, in seconds since acceptance; 0 for closed states, as the following are. */
  readonly oldestSeconds: number;
  /** Older than `warn_after`. */
  readonly stuck: number;
  /** Older than `alarm_after`. */
  readonly alarmed: number;
  /** Said to miss the deadline. */
  readonly forecastMissed: number;
}

const gaugesDeadlineMs = 4_500;
/** A worker beats once a second; one that did not for so long is not alive. */
const beatWithinMs = 15_000;

/** @throws TakeoutError `unavailable`. */
export async function readGauges(store: Store, rules: StuckRules): Promise<Gauges> {
  const { sql } = store;
  const [parts, jobs, open, workers, [watch]] = await guarded(
    Promise.all([
      selectParts(store, rules),
      sql<Gauges["jobs"][number][]>`
        select task_identifier as task, count(*)::int as count,
               coalesce(extract(epoch from statement_timestamp() - min(run_at) filter (
                 where run_at <= statement_timestamp() and locked_at is null and attempts < max_attempts)), 0)::float8
                 as "lateSeconds"
          from graphile_worker.jobs group by 1`,
      sql<{ service: string }[]>`select service from service_states where breaker = 'open'`,
      sql<Gauges["workers"][number][]>`
        select queue, count(worker_id)::int as count
          from unnest(${queueNames as readonly string[] as string[]}::text[]) as queue
          left join hub_workers on gone_at is null
               and beat_at > clock_timestamp() - ${beatWithinMs} * interval '1 ms'
               and (queues is null or queue = any(queues))
         group by 1`,
      sql<{ ageSeconds: number | null }[]>`
        select extract(epoch from clock_timestamp() - coalesce(watched_at, since))::float8 as "ageSeconds" from part_watch`,
    ]),
    gaugesDeadlineMs,
  );
  const idle = Object.keys(tasks).filter((name) => jobs.every(({ task }) => task !== name));
  return {
    parts,
    jobs: [...jobs, ...idle.map((task) => ({ task, count: 0, lateSeconds: 0 }))],
    openBreakers: open.map(({ service }) => service),
    workers,
    watchAgeSeconds: watch?.ageSeconds ?? null,
  };
}

/**
 * Open parts are counted where they stand, for they are few; closed ones by what was counted of events. In one
 * statement, so that a part that closes meanwhile is counted once. Each deletion is looked up by its key: a join
 * of two partial indexes that were small when they were analysed takes minutes when a backlog has come up. In order,
 * so that every process shows the same page.
 */
function selectParts({ sql }: Store, rules: StuckRules) {
  const ages = thresholdAges(rules);
  const isOlder = (ms: number) =>
    sql`d.accepted_at <= statement_timestamp() - ${ms} * interval '1 ms'`;
  return sql<GaugedParts[]>`
    select p.service, p.category_id as "categoryId", p.state, count(*)::int as count,
           max(extract(epoch from statement_timestamp() - d.accepted_at))::float8 as "oldestSeconds",
           (count(*) filter (where ${isOlder(ages.warn)}))::int as stuck,
           (count(*) filter (where ${isOlder(ages.alarm)}))::int as alarmed,
           (count(*) filter (where case when ${isOlder(ages.forecast)} then exists (
             select from stuck_notices n
              where n.deletion_id = p.deletion_id and n.category_id = p.category_id and n.service = p.service
                and n.threshold = 'forecast') end))::int as "forecastMissed"
      from parts p
      cross join lateral (select accepted_at from deletions where id = p.deletion_id limit 1) as d
     where p.state in (${sql.unsafe(openStatesSql)})
     group by 1, 2, 3
    union all
    select service, category_id, state, count, 0, 0, 0, 0 from (${addUpClosed(sql)}) as closed
     order by 1, 2, 3`;
}
