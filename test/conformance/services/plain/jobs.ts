import type postgres from "postgres";

/** A category of a deletion, as the service keeps it. */
export interface Job {
  deletionId: string;
  category: string;
  uids: readonly string[];
  reportUid: string;
  fence: Date;
  attempt: number;
  /** How many calls there were for it. */
  calls: number;
  /** What came of the work; null while it is not done. */
  outcome: "erased" | "nothing_found" | null;
}

/** Where jobs are kept until they are reported. */
export interface Jobs {
  /** Takes a job on; one that is known has to be reported again, and `again` says what else. */
  take(job: Job, again: (known: Job) => Job): Promise<void>;
  /** Those that the hub has not been told of. */
  listOpen(): Promise<Job[]>;
  isAtWork(uids: readonly string[], category: string): Promise<boolean>;
  setOutcome(job: Job, outcome: "erased" | "nothing_found"): Promise<void>;
  /** Leaves a job open that was called again meanwhile. */
  setReported(job: Job): Promise<void>;
}

interface Row {
  deletion_id: string;
  category: string;
  uids: string[];
  report_uid: string;
  fence: Date;
  attempt: number;
  calls: number;
  outcome: Job["outcome"];
}

export function jobsInDatabase(sql: postgres.Sql, schema: string): Jobs {
  const table = sql(`${schema}.jobs`);
  const fromRow = (row: Row): Job => ({
    ...row,
    deletionId: row.deletion_id,
    reportUid: row.report_uid,
  });
  return {
    async take(job, again) {
      await sql.begin(async (tx) => {
        const key = keyOf(job);
        await tx`select pg_advisory_xact_lock(hashtext(${key}))`;
        const [row] = await tx<Row[]>`
          select * from ${table} where deletion_id = ${job.deletionId} and category = ${job.category}`;
        const next = row ? again(fromRow(row)) : job;
        const values = {
          deletion_id: next.deletionId,
          category: next.category,
          uids: [...next.uids],
          report_uid: next.reportUid,
          fence: next.fence,
          attempt: Math.max(row?.attempt ?? 0, job.attempt),
          calls: (row?.calls ?? 0) + 1,
          outcome: next.outcome,
          is_reported: false,
        };
        await tx`insert into ${table} ${tx(values)} on conflict (deletion_id, category)
          do update set ${tx(values)}`;
      });
    },
    async listOpen() {
      return (await sql<Row[]>`select * from ${table} where not is_reported`).map(fromRow);
    },
    async isAtWork(uids, category) {
      const [found] = await sql`select from ${table}
        where uids && ${[...uids]} and category = ${category} and outcome is null`;
      return found !== undefined;
    },
    async setOutcome({ deletionId, category }, outcome) {
      await sql`update ${table} set outcome = ${outcome}
                 where deletion_id = ${deletionId} and category = ${category}`;
    },
    async setReported({ deletionId, category, calls }) {
      await sql`update ${table} set is_reported = true where deletion_id = ${deletionId}
                   and category = ${category} and calls = ${calls}`;
    },
  };
}

/** The same, until the process ends. */
export function jobsInMemory(): Jobs {
  const all = new Map<string, Job & { isReported: boolean }>();
  return {
    async take(job, again) {
      const known = all.get(keyOf(job));
      const attempt = Math.max(known?.attempt ?? 0, job.attempt);
      const calls = (known?.calls ?? 0) + 1;
      all.set(keyOf(job), { ...(known ? again(known) : job), attempt, calls, isReported: false });
    },
    listOpen: async () =>
      [...all.values()].filter((job) => !job.isReported).map((job) => ({ ...job })),
    isAtWork: async (uids, category) =>
      [...all.values()].some(
        (job) =>
          job.outcome === null &&
          job.category === category &&
          job.uids.some((uid) => uids.includes(uid)),
      ),
    async setOutcome(job, outcome) {
      const kept = all.get(keyOf(job));
      if (kept) kept.outcome = outcome;
    },
    async setReported(job) {
      const kept = all.get(keyOf(job));
      if (kept?.calls === job.calls) kept.isReported = true;
    },
  };
}

export function keyOf({ deletionId, category }: Job): string {
  return `${deletionId} ${category}`;
}
