/** Lock class of the advisory locks by which workers prove that they live. */
const lockClass = 7461;

/** Who registers lives, whatever others took it for. $1: worker, $2: its pools, $3: its queues. */
export const register = `
  insert into hub_workers (worker_id, pool_ids, queues) values ($1, $2, $3)
  on conflict (worker_id) do update
     set beat_at = now(), pool_ids = excluded.pool_ids, queues = excluded.queues, gone_at = null`;

/** False while a session of ours that was cut off still holds it. $1: worker. */
export const takeLock = `
  select pg_try_advisory_lock(${lockClass}, lock_key) as is_held from hub_workers where worker_id = $1`;

/** Touches no row when somebody took us for dead. $1: worker. */
export const beat = `
  update hub_workers set beat_at = now() where worker_id = $1 and gone_at is null`;

export const leave = `delete from hub_workers where worker_id = $1`;

/**
 * Finds the workers that are dead: no beat for 2.5 s and their lock is free (taken, not looked at, so that
 * nobody comes back in the middle), or no beat for 15 s. One whose lock is free is gone for certain and is
 * marked so: its leases are ended next, by whoever lives, also when this judge dies first. One that only
 * hangs may still have a call on its way: its row goes, its leases are left to run out. A judge that came up
 * with the database itself knows nothing yet. $1: the judge.
 */
export const reap = `
  with silent as materialized (
    select worker_id, lock_key, beat_at from hub_workers
     where worker_id <> $1 and gone_at is null and beat_at < now() - interval '2500 ms'
       and pg_postmaster_start_time() < now() - interval '5 s'
       for update skip locked
  ), judged as materialized (
    select worker_id, pg_try_advisory_xact_lock(${lockClass}, lock_key) as is_free,
           beat_at < now() - interval '15 s' as is_hung
      from silent
  ), gone as (
    update hub_workers w set gone_at = clock_timestamp() from judged j
     where w.worker_id = j.worker_id and j.is_free
    returning w.pool_ids
  ), hung as (
    delete from hub_workers w using judged j
     where w.worker_id = j.worker_id and j.is_hung and not j.is_free
    returning w.pool_ids
  )
  select pool_ids from gone union all select pool_ids from hung`;

/** Workers that are gone and of whom something may be left. */
export const listGone = `
  select worker_id as "workerId", gone_at::text as "goneAt" from hub_workers
   where gone_at is not null order by gone_at limit 100`;

/** Unless it came back since. $1: workers, $2: when each was found gone. */
export const bury = `
  delete from hub_workers w using unnest($1::text[], $2::timestamptz[]) as buried (worker_id, gone_at)
   where w.worker_id = buried.worker_id and w.gone_at = buried.gone_at`;

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
