import type { PartState } from "../../../src/domain/part.ts";
import type { Stage } from "../stage.ts";

/** A part to report about, as it was a moment ago. */
export interface Target {
  readonly uid: string;
  readonly subject: string;
  readonly service: string;
  readonly category: string;
  readonly deletionId: string;
  /** In ms of database time. */
  readonly acceptedAt: number;
  readonly attempt: number;
  readonly state: PartState;
  /** An earlier deletion's part of the same user, service and category. */
  readonly olderId: string | null;
}

export type Phase =
  | "not called"
  | "being called"
  | "accepted"
  | "failed once"
  | "deleted"
  | "failed";

export function phaseOf({ state, attempt }: Target): Phase {
  switch (state) {
    case "waiting":
    case "due":
      return attempt === 0 ? "not called" : "failed once";
    case "calling":
      return "being called";
    case "accepted":
      return "accepted";
    case "deleted":
      return "deleted";
    default:
      return "failed";
  }
}

/** The newest parts of users: of some deletions that are open, of a few that were closed, and of these users. */
export async function readTargets(
  { sql }: Stage,
  uidOf: ReadonlyMap<string, string>,
  subjects: ReadonlySet<string>,
): Promise<Target[]> {
  const rows = await sql<(Omit<Target, "uid"> & { deletionId: string })[]>`
    with chosen as (
      (select id, accepted_at from deletions where closed_at is null order by random() limit 40)
      union
      (select id, accepted_at from deletions where closed_at is not null order by closed_at desc limit 15)
      union
      (select id, accepted_at from deletions d
        where exists (select from deletions older where older.subject = d.subject and older.seq < d.seq)
        order by random() limit 5)
      union
      (select id, accepted_at from deletions where subject = any(${[...subjects]}::uuid[])
        order by random() limit 5)
    )
    select p.subject, p.service, p.category_id as category, p.deletion_id as "deletionId", p.attempt, p.state,
           (extract(epoch from chosen.accepted_at) * 1000)::float8 as "acceptedAt",
           (select older.deletion_id from parts older
             where older.subject = p.subject and older.category_id = p.category_id
               and older.service = p.service and older.seq < p.seq limit 1) as "olderId"
      from chosen join parts p on p.deletion_id = chosen.id
     where not exists (select from parts newer
                        where newer.subject = p.subject and newer.category_id = p.category_id
                          and newer.service = p.service and newer.seq > p.seq)`;
  return rows.flatMap((row) => {
    const uid = uidOf.get(row.subject);
    return uid === undefined ? [] : [{ ...row, uid }];
  });
}
