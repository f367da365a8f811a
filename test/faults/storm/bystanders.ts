import type { Stage } from "../stage.ts";

/** Users with a finished deletion, and everything that is kept of them. */
export interface Bystanders {
  readonly subjects: ReadonlySet<string>;
  /** By subject: a digest of all rows about it. */
  readonly rows: ReadonlyMap<string, string>;
}

/** @returns the users whose deletions have been over for some time. */
export async function chooseBystanders(stage: Stage, count: number): Promise<Bystanders> {
  const rows = await stage.sql<{ subject: string }[]>`
    select subject from deletions group by subject
    having bool_and(closed_at is not null and closed_at < now() - interval '3 s')
     order by max(seq) limit ${count}`;
  const subjects = new Set(rows.map(({ subject }) => subject));
  return { subjects, rows: await readRows(stage, [...subjects]) };
}

/** @returns how many were left alone by the portal too, and how many of these changed all the same. */
export async function compareBystanders(stage: Stage, before: Bystanders) {
  const after = await readRows(stage, [...before.subjects]);
  const asked = await stage.sql<{ subject: string }[]>`
    select subject from requests group by subject having count(*) > 1`;
  const cameBack = new Set(asked.map(({ subject }) => subject));
  const left = [...before.subjects].filter((subject) => !cameBack.has(subject));
  const changed = left.filter((subject) => after.get(subject) !== before.rows.get(subject));
  return { left: left.length, changed: changed.length };
}

async function readRows({ sql }: Stage, subjects: string[]): Promise<Map<string, string>> {
  const rows = await sql<{ subject: string; digest: string }[]>`
    select subject, md5(string_agg(line, '|' order by line)) as digest from (
      select subject, 'part' || to_jsonb(t)::text as line from parts t
      union all select subject, 'deletion' || to_jsonb(t)::text from deletions t
      union all select subject, 'category' || to_jsonb(t)::text from deletion_categories t
      union all select subject, 'request' || to_jsonb(t)::text from requests t
      union all select subject, 'report' || to_jsonb(t)::text from reports t
      union all select subject, 'own' || to_jsonb(t)::text from own_states t
      union all select d.subject, 'event' || to_jsonb(t)::text from events t join deletions d on d.id = t.deletion_id
    ) as everything where subject = any(${subjects}::uuid[]) group by subject`;
  return new Map(rows.map(({ subject, digest }) => [subject, digest]));
}
