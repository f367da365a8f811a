import type { PendingQuery, Row } from "postgres";
import { maxAttempts, tasks } from "./tasks.ts";

/** A driver's tagged template, inside the transaction that the job belongs to. */
// biome-ignore lint/suspicious/noExplicitAny: the driver types its fragments so
type Tag = (template: TemplateStringsArray, ...values: any[]) => PendingQuery<Row[]>;

/**
 * SQL that adds the drive of a deletion, as an expression to be selected; `id` and `runAt` are SQL too.
 * The row of a run under way loses its key and a new one is made, so a signal that comes during a run is
 * never swallowed, and a job that a dead worker holds is healed by its next wake-up.
 *
 * @param mode - `replace` (default) moves a waiting job to `runAt`; `preserve_run_at` leaves it its place
 * in the backlog.
 */
export function addDriveJob(
  sql: Tag,
  id: PendingQuery<Row[]>,
  runAt: PendingQuery<Row[]>,
  mode: "replace" | "preserve_run_at" = "replace",
) {
  return sql`graphile_worker.add_job(
    ${"drive_deletion" satisfies keyof typeof tasks}::text,
    json_build_object('deletion_id', ${id}),
    run_at := ${runAt},
    job_key := ${tasks.drive_deletion.key("")}::text || ${id},
    job_key_mode := ${mode}::text,
    max_attempts := ${maxAttempts}::int)`;
}

/**
 * SQL that adds the drives of many deletions at once, as a query of one row that says how many there are.
 *
 * `add_jobs` looks for jobs of the same keys, and a session plans that once, mostly while there are few: then it would
 * read the whole queue along an index, with each batch from then on. A bitmap it can only make of what it looks for.
 *
 * @param due - a query of `id`, as text, and `run_at`.
 */
export function addDriveJobs(sql: Tag, due: PendingQuery<Row[]>) {
  return sql`
    select count(job.id)::int as jobs, set_config('enable_indexscan', 'on', true)
      from (select array_agg(row(${"drive_deletion" satisfies keyof typeof tasks}::text,
                                 json_build_object('deletion_id', due.id), null, due.run_at, ${maxAttempts}::int,
                                 ${tasks.drive_deletion.key("")}::text || due.id, null, null
                                )::graphile_worker.job_spec) as specs,
                   set_config('enable_indexscan', 'off', true)
              from (${due}) as due having count(*) > 0) as wanted
     cross join lateral graphile_worker.add_jobs(wanted.specs) as job`;
}

/** The same for the drive of an export. */
export function addExportJob(
  sql: Tag,
  id: PendingQuery<Row[]>,
  runAt: PendingQuery<Row[]>,
  mode: "replace" | "preserve_run_at" = "replace",
) {
  return sql`graphile_worker.add_job(
    ${"drive_export" satisfies keyof typeof tasks}::text,
    json_build_object('export_id', ${id}),
    run_at := ${runAt},
    job_key := ${tasks.drive_export.key("")}::text || ${id},
    job_key_mode := ${mode}::text,
    max_attempts := ${maxAttempts}::int)`;
}
