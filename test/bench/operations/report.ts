import type postgres from "postgres";
import { categoryId } from "../fill/hub.ts";
import type { OpenDeletion } from "../fill/stock.ts";
import type { Ground } from "../ground.ts";
import { rawRequest } from "../load/requests.ts";
import type { Loaded } from "../load/wrk.ts";
import type { Contender } from "../operation.ts";
import { closedLoop, compareRows } from "./closed-loop.ts";

export interface ReportLoop {
  readonly name: string;
  readonly url: string;
  readonly services: number;
  readonly sql: postgres.Sql;
  open(sql: postgres.Sql, count: number, services: number): Promise<OpenDeletion[]>;
}

/** Deletions whose reports come mixed: one of them has ended for every so many reports, as in life. */
const mixedAtOnce = 500;

/** Reports of services that have deleted: each closes a part, and every tenth of ten a deletion. */
export function reportLoop(ground: Ground, loop: ReportLoop): Contender {
  const { name, url, services, sql, open } = loop;
  const tickets = ground.people.services.slice(0, services).map((one) => one.serviceTicket());
  return closedLoop({
    ...{ ground, name, url, guess: 12_000 },
    async prepare(count) {
      const opened = await open(sql, Math.ceil(count / services), services);
      const requests = mixed(opened, services).map(({ deletion, service }) =>
        rawRequest({
          ...{ method: "POST", path: "/takeout/set_data_status" },
          serviceTicket: tickets[service] ?? "",
          body: bodyOf(deletion, `service-${service + 1}`),
        }),
      );
      await sql`analyze parts`;
      return { requests, check: (loaded) => check(sql, opened, services, loaded) };
    },
  });
}

function bodyOf({ uid, id }: OpenDeletion, service: string): string {
  const named = { yandex_uid: uid, category_id: categoryId, state: "deleted", service };
  return JSON.stringify({ ...named, deletion_id: id, attempt: 1 });
}

function mixed(opened: readonly OpenDeletion[], services: number) {
  const all: { deletion: OpenDeletion; service: number }[] = [];
  for (let from = 0; from < opened.length; from += mixedAtOnce) {
    const window = opened.slice(from, from + mixedAtOnce).flatMap((deletion) =>
      Array.from({ length: services }, (_, service) => ({
        ...{ deletion, service, place: Math.random() },
      })),
    );
    all.push(...window.sort((a, b) => a.place - b.place));
  }
  return all;
}

async function check(
  sql: postgres.Sql,
  opened: readonly OpenDeletion[],
  services: number,
  loaded: Loaded,
): Promise<string[]> {
  const ids = opened.map(({ id }) => id);
  const [row] = await sql<{ deleted: number; closed: number; full: number }[]>`
    with done as (
      select deletion_id, count(*) filter (where state = 'deleted') as deleted from parts
       where deletion_id = any(${ids}::uuid[]) group by 1)
    select sum(deleted)::int as deleted, (count(*) filter (where deleted = ${services}))::int as full,
           (select count(*) from deletions where id = any(${ids}::uuid[]) and closed_at is not null)::int as closed
      from done`;
  const { deleted = 0, closed = 0, full = 0 } = row ?? {};
  const isClosed = closed === full ? [] : [`${closed} deletions closed, ${full} have all reports`];
  return [...compareRows("deleted parts", deleted, loaded), ...isClosed];
}
