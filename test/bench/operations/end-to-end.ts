import type postgres from "postgres";
import { cpuOf, cpuOfTree } from "../cpu.ts";
import type { Ground } from "../ground.ts";
import { loadBySockets } from "../load/sockets.ts";
import { type Contender, type Sample, unwatched } from "../operation.ts";
import { percentile } from "../statistics.ts";
import type { Stubs } from "../stubs/start.ts";
import type { System } from "../systems/system.ts";
import { deleteRequest } from "./accept.ts";

export interface EndToEnd {
  readonly name: string;
  readonly system: System;
  readonly stubs: Stubs;
  readonly sql: postgres.Sql;
}

const guess = 1_000;
const fewest = 20;

/**
 * So many deletions as are reckoned to take that long, from the first request to the moment when the last report is
 * acknowledged.
 */
export function endToEnd(ground: Ground, { name, system, stubs, sql }: EndToEnd): Contender {
  const services = stubs.services.length;
  let rate = guess;
  return { name, measure };

  async function measure(seconds: number, watch = unwatched): Promise<Sample> {
    const count = Math.max(fewest, Math.round((rate * seconds) / services));
    const serviceTicket = ground.people.portal.serviceTicket();
    const requests = Array.from({ length: count }, () => deleteRequest(ground, serviceTicket));
    const parts = count * services;
    const { loaded, at, counts, beganAt, before, after } = await watch(async () => {
      // The services are the same for all who take turns.
      await stubs.expect(system.url, parts);
      const before = await readMeters();
      const beganAt = Date.now();
      const loaded = await loadBySockets({ url: system.url, requests, seconds: null });
      const done = await stubs.done();
      return { beganAt, loaded, ...done, before, after: await readMeters() };
    });
    const took = (at - beganAt) / 1_000;
    rate = parts / took;
    const each = (name: keyof Meters) => ((after[name] ?? 0) - (before[name] ?? 0)) / count;
    return {
      ...{ perSecond: rate, done: parts, p99Ms: await p99Of(count) },
      wrong: [
        ...(loaded.wrong > 0 ? [`${loaded.wrong} deletions were not accepted`] : []),
        ...(counts.wrong > 0 ? [`${counts.wrong} reports and calls were refused`] : []),
        ...(counts.parts !== parts ? [`${counts.parts} of ${parts} parts were called`] : []),
        ...(await leftOpen(count)),
      ],
      also: {
        "calls per part": counts.partsCalled / parts,
        "its CPU ms a deletion": each("system") * 1_000,
        "PostgreSQL's CPU ms a deletion": each("database") * 1_000,
        "bytes of WAL a deletion": each("wal"),
      },
    };
  }

  async function readMeters(): Promise<Meters> {
    const [row] = await sql<{ wal: number }[]>`
      select (pg_current_wal_insert_lsn() - '0/0')::float8 as wal`;
    return {
      system: await cpuOf(system.pid),
      database: await cpuOfTree(ground.server.pid),
      wal: row?.wal ?? 0,
    };
  }

  /** How long deletions took by the system's own clock, from acceptance to their end. */
  async function p99Of(count: number): Promise<number> {
    const rows = await sql<{ ms: number }[]>`
      select (extract(epoch from closed_at - accepted_at) * 1000)::float8 as ms
        from deletions order by id desc limit ${count}`;
    return percentile(
      rows.map(({ ms }) => ms),
      0.99,
    );
  }

  async function leftOpen(count: number): Promise<string[]> {
    const [row] = await sql<{ open: number; undeleted: number }[]>`
      with newest as (select id, closed_at from deletions order by id desc limit ${count})
      select (select count(*) from newest where closed_at is null)::int as open,
             (select count(*) from parts join newest on id = deletion_id where state <> 'deleted')::int as undeleted`;
    const { open = 0, undeleted = 0 } = row ?? {};
    return open + undeleted > 0 ? [`${open} deletions and ${undeleted} parts are left open`] : [];
  }
}

interface Meters {
  readonly system: number | null;
  readonly database: number | null;
  readonly wal: number;
}
