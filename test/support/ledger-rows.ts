import type { TestHub } from "./hub.ts";

/** What the ledger holds of one part, moments in ms. */
export interface PartRow {
  readonly deletion_id: string;
  readonly category_id: string;
  readonly service: string;
  readonly state: string;
  readonly attempt: number;
  readonly failures: number;
  readonly asks: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly is_leased: boolean;
  /** From now; negative when it has passed. */
  readonly due_in_ms: number;
}

/** The parts of all deletions of a user, oldest deletion first. */
export async function partsOf(hub: TestHub, uid: string): Promise<PartRow[]> {
  return await hub.sql<PartRow[]>`
    select deletion_id, category_id, service, state, attempt, failures, asks, outcome, reason, error_code,
           coalesce(leased_until > clock_timestamp(), false) as is_leased,
           (extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as due_in_ms
      from parts where subject = ${hub.flows.subjects.of(uid)} order by seq, service, category_id`;
}

/** The only part of a user. */
export async function partOf(hub: TestHub, uid: string): Promise<PartRow> {
  const [part, ...others] = await partsOf(hub, uid);
  if (!part || others.length > 0) throw new Error(`${others.length + 1} parts`);
  return part;
}

/** The events of a user's parts as `service/category event`, in order. */
export async function eventsOf(hub: TestHub, uid: string): Promise<string[]> {
  const rows = await hub.sql<{ what: string }[]>`
    select service || '/' || category_id || ' ' || event as what from events
     where deletion_id in (select deletion_id from parts where subject = ${hub.flows.subjects.of(uid)})
     order by seq`;
  return rows.map(({ what }) => what);
}

/** The only deletion of a user. */
export async function deletionOf(hub: TestHub, uid: string) {
  const rows = await hub.sql<
    { id: string; closed_at: string | null; is_sealed: boolean; is_to_be_destroyed: boolean }[]
  >`
    select id, closed_at, sealed is not null as is_sealed, sealed_until is not null as is_to_be_destroyed
      from deletions where subject = ${hub.flows.subjects.of(uid)}`;
  const [row, ...others] = rows;
  if (!row || others.length > 0) throw new Error(`${rows.length} deletions`);
  return row;
}

/**
 * Lets what is awaited come sooner: backoffs, leases, overdue moments and wake-ups, but neither the fence
 * nor what is closed is moved.
 */
export async function hurry(hub: TestHub, ms: number): Promise<void> {
  await hub.sql.begin(async (tx) => {
    const back = tx`- ${ms} * interval '1 ms'`;
    // In the order in which the hub itself locks them, for this may race drives.
    const rows = await tx<{ id: string }[]>`select id from deletions order by seq for update`;
    const ids = rows.map(({ id }) => id);
    await tx`update parts set due_at = due_at ${back}, leased_until = leased_until ${back}
      where deletion_id = any(${ids}::uuid[])`;
    await tx`update deletions set wake_at = wake_at ${back} where id = any(${ids}::uuid[])`;
    await tx`update graphile_worker._private_jobs set run_at = run_at ${back}`;
  });
}
