import { createHash } from "node:crypto";
import { isOpen } from "../../../src/domain/part.ts";
import type { Transaction } from "../../../src/store/connect.ts";
import type { Subjects } from "../../../src/store/subjects.ts";
import { alias, categories, type DeletionSeed, type PartSeed, services, uids } from "./steps.ts";

/** Ids that are the same in every run. */
export function idOf(at: number): string {
  const hex = createHash("sha256").update(`deletion ${at}`).digest("hex");
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export interface Setting {
  readonly sql: Transaction;
  readonly subjects: Subjects;
  /** Moments are counted from here, in ms. */
  readonly beganAt: number;
}

export interface PlacedPart extends PartSeed {
  readonly deletion: number;
  readonly uid: string;
  readonly category: (typeof categories)[number];
  readonly service: (typeof services)[number];
}

/** The parts of a ledger as it may be after any history: a category of a user is open at most in its last deletion. */
export function placeParts(ledger: readonly DeletionSeed[]): PlacedPart[] {
  return ledger.flatMap((seed, deletion) => {
    const later = ledger.slice(deletion + 1).filter(({ user }) => user === seed.user);
    let open = 0;
    return seed.categories.flatMap((category) =>
      services.map((service, at) => {
        const drawn = seed.parts[categories.indexOf(category) * services.length + at] as PartSeed;
        const isLast = !later.some((other) => other.categories.includes(category));
        const mayBeOpen = isLast && open < seed.mostOpen;
        if (mayBeOpen && isOpen(drawn.state)) open += 1;
        const state = isOpen(drawn.state) && !mayBeOpen ? "deleted" : drawn.state;
        return { ...drawn, state, deletion, uid: uids[seed.user] ?? "", category, service };
      }),
    );
  });
}

export async function fillLedger(setting: Setting, ledger: readonly DeletionSeed[]): Promise<void> {
  const parts = placeParts(ledger);
  for (const [at, seed] of ledger.entries()) {
    const own = parts.filter(({ deletion }) => deletion === at);
    await insertDeletion(setting, at, seed, own);
  }
}

/** Longer than any deletion may take by default. */
const longAgoMs = 400 * 86_400_000;

async function insertDeletion(
  { sql, subjects, beganAt }: Setting,
  at: number,
  seed: DeletionSeed,
  placed: readonly PlacedPart[],
): Promise<void> {
  const [id, subject] = [idOf(at), subjects.of(uids[seed.user] ?? "")];
  const when = (ms: number | null) => (ms === null ? null : new Date(beganAt + ms).toISOString());
  const rows = placed.map((part) => toRow(part, when));
  const isClosed = rows.every(({ closed_at }) => closed_at !== null);
  const [deletion] = await sql<{ seq: string }[]>`
    insert into deletions (id, subject, origin, accepted_at, wake_at, losses, closed_at, closed_as)
    values (${id}, ${subject}, 'portal', ${when(seed.isOverdue ? -longAgoMs : -3_600_000)}, ${isClosed ? null : when(-1_000)}, ${seed.losses},
            ${isClosed ? when(-60_000) : null}, ${isClosed ? "failed" : null}) returning seq`;
  for (const category_id of seed.categories) {
    const own = rows.filter((row) => row.category_id === category_id);
    const closedAt = own.every(({ closed_at }) => closed_at !== null) ? when(-60_000) : null;
    const deletedAt = own.every(({ state }) => state === "deleted") ? when(-60_000) : null;
    await sql`insert into deletion_categories (deletion_id, category_id, subject, closed_at, deleted_at)
      values (${id}, ${category_id}, ${subject}, ${closedAt}, ${deletedAt})`;
  }
  const parts = rows.map((row) => ({ ...row, deletion_id: id, subject, seq: deletion?.seq ?? "" }));
  await sql`insert into parts ${sql(parts)}`;
  if (seed.isAliased) {
    await sql`insert into deletion_aliases (subject, deletion_id) values (${subjects.of(alias)}, ${id})`;
  }
}

function toRow(part: PlacedPart, when: (ms: number | null) => string | null) {
  const wasCalled = part.state === "calling" || part.state === "accepted";
  const isClosed = !isOpen(part.state);
  const hasFailed = !isClosed && part.failures > 0;
  return {
    category_id: part.category,
    service: part.service,
    state: part.state,
    attempt: part.state === "waiting" ? 0 : wasCalled ? part.attempt : part.attempt - 1,
    failures: part.failures,
    due_at: when(part.dueIn),
    leased_until: part.state === "calling" ? when(part.lease ?? 60_000) : null,
    leased_by: part.state === "calling" ? "somebody" : null,
    parked_at: part.state === "due" && part.isParked ? when(part.dueIn) : null,
    closed_at: isClosed ? when(-60_000) : null,
    outcome: part.state === "deleted" ? part.outcome : null,
    retained_until:
      part.state === "deleted" && part.outcome === "retained" ? when(3_600_000) : null,
    error_code: part.state === "delete_failed" || hasFailed ? "http_500" : null,
  };
}

/** Everything that is stored, without what differs from run to run; moments in tens of seconds. */
export async function dumpLedger({ sql, beganAt }: Setting): Promise<Record<string, unknown>> {
  const at = (column: string) =>
    sql`round((extract(epoch from ${sql(column)}) * 1000 - ${beganAt}::float8::numeric) / 10000)::int as ${sql(column)}`;
  const parts = await sql`
    select deletion_id, category_id, service, state, attempt, failures, asks, ${at("due_at")}, ${at("leased_until")},
           leased_by, ${at("parked_at")}, ${at("closed_at")}, outcome, ${at("retained_until")}, ${at("retry_at")},
           reason, error_code
      from parts order by deletion_id, category_id, service`;
  const deletions = await sql`
    select id, ${at("wake_at")}, losses, ${at("closed_at")}, closed_as, sealed is null as is_spent, ${at("sealed_until")}
      from deletions order by id`;
  const closings = await sql`
    select deletion_id, category_id, ${at("closed_at")}, ${at("deleted_at")} from deletion_categories
     order by deletion_id, category_id`;
  const events = await sql`
    select deletion_id, category_id, service, attempt, event, from_state, to_state, source, error_code,
           kid, body_hash, ${at("completed_at")} from events
     order by deletion_id, seq`;
  const reports = await sql`
    select subject, category_id, service, body_hash, deletion_id, state, attempt, outcome, error_code,
           ${at("completed_at")}, effect, kid, times
      from reports order by subject, category_id, service, body_hash`;
  const ownStates = await sql`
    select subject, category_id, service, ${at("deleted_at")} from own_states order by subject, category_id, service`;
  const jobs = await sql`
    select key, payload, ${at("run_at")}, attempts, max_attempts from graphile_worker._private_jobs order by key`;
  return { parts, deletions, closings, events, reports, ownStates, jobs };
}
