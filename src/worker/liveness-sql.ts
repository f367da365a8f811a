/** Lock class of the advisory locks by which workers prove that they live. */
const lockClass = 7461;

/** $1: worker, $2: its pools. */
export const register = `
  insert into hub_workers (worker_id, pool_ids) values ($1, $2)
  on conflict (worker_id) do update set beat_at = now(), pool_ids = excluded.pool_ids`;

/** False while a session of ours that was cut off still holds it. $1: worker. */
export const takeLock = `
  select pg_try_advisory_lock(${lockClass}, lock_key) as is_held from hub_workers where worker_id = $1`;

/** Touches no row when somebody has reaped us. $1: worker. */
export const beat = `update hub_workers set beat_at = now() where worker_id = $1`;

export const leave = `delete from hub_workers where worker_id = $1`;

/**
 * Takes the rows of workers that are dead: no beat for 2.5 s and their lock is free (taken, not looked at, so
 * that nobody comes back in the middle), or no beat for 15 s. A judge that came up with the database
 * itself knows nothing yet. $1: the judge.
 */
export const reap = `
  with silent as materialized (
    select worker_id, lock_key, beat_at from hub_workers
     where worker_id <> $1 and beat_at < now() - interval '2500 ms'
       and pg_postmaster_start_time() < now() - interval '5 s'
       for update skip locked
  ), judged as materialized (
    select worker_id, pg_try_advisory_xact_lock(${lockClass}, lock_key) as is_free,
           beat_at < now() - interval '15 s' as is_hung
      from silent
  )
  delete from hub_workers w using judged j
   where w.worker_id = j.worker_id and (j.is_free or j.is_hung)
  returning w.worker_id, w.pool_ids, j.is_free`;

/** Frees jobs locked by these pools. graphile-worker wakes nobody by itself, so that is done too. $1: pools. */
export const unlockJobs = `select graphile_worker.force_unlock_workers($1::text[])`;
export const wakeWorkers = `
  select pg_notify('jobs:insert', json_build_object('r', random(), 'count', 10)::text)`;

/**
 * Frees jobs that pools of ours hold and no task of ours runs: the answer to a fetch or a completion was
 * lost. A private table of graphile-worker 0.18; a test guards its shape. $1: pools, $2: running jobs.
 */
export const freeOrphans = `
  update graphile_worker._private_jobs set locked_by = null, locked_at = null
   where locked_by = any($1::text[]) and locked_at < now() - interval '5 s'
     and not (id = any($2::bigint[]))`;
