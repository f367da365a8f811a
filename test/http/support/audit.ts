import type { TestHub } from "../../support/hub.ts";

/** What the audit has of acts, in order, as `login act target reason: result`. */
export async function readAudit({ sql }: TestHub): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', client || '/' || login, act, coalesce(target, '-'), coalesce('(' || reason || ')', '-'), result)
             as line
      from audit_events order by seq`;
  return rows.map(({ line }) => line);
}
