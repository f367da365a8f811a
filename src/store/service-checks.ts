import { isId } from "../domain/id.ts";
import type { Store } from "./connect.ts";
import { guarded } from "./transaction.ts";

/** Begins to wait for a report, and forgets the checks of yesterday. @throws TakeoutError `unavailable`. */
export async function insertCheck({ sql }: Store, id: string, service: string): Promise<void> {
  await guarded(sql`
    with old as (delete from service_checks where created_at < clock_timestamp() - interval '1 d')
    insert into service_checks (id, service) values (${id}, ${service})`);
}

/** Notes that a report came that bears a check's id; any other id changes nothing. */
export async function noteCheckReport(
  { sql }: Store,
  id: string | null,
  service: string,
): Promise<void> {
  if (!isId(id)) return;
  await guarded(sql`
    update service_checks set reported_at = clock_timestamp()
     where id = ${id} and service = ${service} and reported_at is null`);
}

export async function isReported({ sql }: Store, id: string): Promise<boolean> {
  const rows = await guarded(
    sql`select from service_checks where id = ${id} and reported_at is not null`,
  );
  return rows.length > 0;
}
