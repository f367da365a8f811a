import { exportKeyPattern, type Place } from "../work/place.ts";

// The store's SQL. Each place is a task of its own.

/** The class of the advisory locks under which work is performed, in pg_locks. */
const lockClass = 0x7a6b;

const mostIdentifier = 128;

/**
 * The task of graphile-worker under which a service's work is done: its schema may be shared by
 * services, and by schemas. Of the same form as `identifier` below.
 */
export function taskOf(schema: string, place: Place, owner?: string): string {
  const name = owner === undefined ? schema : `${schema} ${owner}`;
  return `takeout_${place} ${name}`.slice(0, mostIdentifier);
}

/** @param schema - and graphileSchema were checked to be plain names. */
export function createStatements(schema: string, graphileSchema: string) {
  const work = `${schema}.work`;
  const jobKey = `'takeout ${schema} ' || work.key`;
  const place = `case when work.lane = 'run' and work.key ~ '${exportKeyPattern}' then 'export' else work.lane end`;
  const identifier = `left('takeout_' || ${place} || ' ${schema}'
    || coalesce(' ' || substring(work.key from '^([^ ]+): '), ''), ${mostIdentifier})`;
  // A lock is the whole database's: the same key in another schema is other work.
  const lockOf = (key: string) => `hashtext('${schema} ' || ${key})`;
  const addJob = `${graphileSchema}.add_job(
    identifier => ${identifier}, payload => json_build_object('key', work.key),
    run_at => work.wake_at, job_key => ${jobKey})`;
  // Nobody at it: an advisory lock ends with its session, so a dead process holds none.
  const isFree = `not exists (
    select from pg_locks
     where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())
       and classid = ${lockClass} and objsubid = 2
       and objid::bigint = ${lockOf("work.key")}::bigint & 4294967295)`;

  return {
    // Not to_regclass: a session remembers that a name was unknown, and would not see what another has made meanwhile.
    isMade: `
      select exists (
        select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
         where nspname = '${schema}' and relname = 'work') as made`,
    lockMaking: `select pg_advisory_xact_lock(${lockClass}, hashtext('${work}'))`,
    make: `
      create schema if not exists ${schema};
      create table ${work} (
        key text primary key,
        lane text not null check (lane in ('run', 'report')),
        users text[] not null,
        body jsonb not null,
        wake_at timestamptz,
        changed_at timestamptz not null default clock_timestamp());
      comment on table ${work} is
        'Deletions and exports under way for the takeout hub; users and bodies bear identifiers until wake_at is null';
      create index work_due on ${work} (wake_at) where wake_at is not null;
      create index work_over on ${work} (changed_at) where wake_at is null;
      create index work_users on ${work} using gin (users) where users <> '{}'`,

    read: `select key, body from ${work} where key = any($1) order by key for update`,
    insert: `
      insert into ${work} (key, lane, users, body, wake_at)
      select key, lane, users, body, clock_timestamp() + wake_ms * interval '1 ms'
        from jsonb_to_recordset($1::jsonb)
          as given (key text, lane text, users text[], body jsonb, wake_ms float8)
       order by key
      on conflict do nothing returning key`,
    update: `
      update ${work} set lane = given.lane, users = given.users, body = given.body,
             changed_at = clock_timestamp(),
             wake_at = case when given.keeps_wake then work.wake_at
                            else clock_timestamp() + given.wake_ms * interval '1 ms' end
        from jsonb_to_recordset($1::jsonb)
          as given (key text, lane text, users text[], body jsonb, wake_ms float8, keeps_wake boolean)
       where work.key = given.key`,
    enqueue: `select ${addJob} from ${work} where key = any($1) and wake_at is not null order by key`,
    isOpen: `select exists (select from ${work} where users && $1 and users <> '{}') as open`,

    lock: `select pg_try_advisory_lock(${lockClass}, ${lockOf("$1::text")}) as locked`,
    unlock: `select pg_advisory_unlock(${lockClass}, ${lockOf("$1::text")})`,
    unlockAll: "select pg_advisory_unlock_all()",

    // What is due, has nobody at it, and no job that is about to begin it.
    wakeLate: `
      select ${addJob} from (
        select * from ${work}
         where wake_at < clock_timestamp() - $1 * interval '1 ms' and ${isFree}
           and not exists (
             select from ${graphileSchema}.jobs
              where jobs.key = ${jobKey} and jobs.locked_at is null
                and jobs.attempts < jobs.max_attempts and jobs.run_at <= now())
         order by wake_at limit 1000) as work`,
    forget: `
      delete from ${work} where key = any (array(
        select key from ${work}
         where wake_at is null and changed_at < clock_timestamp() - $1 * interval '1 ms' limit 1000))`,
    // Jobs that a dead process had, which graphile-worker unlocks after four hours; and those an earlier version left.
    clearJobs: `
      select ${graphileSchema}.complete_jobs(array(
        select id from ${graphileSchema}.jobs
         where locked_at is null
           and (starts_with(key, 'takeout ${schema} ') and attempts >= max_attempts
             or task_identifier in ('takeout_run', 'takeout_report')
               and run_at < now() - interval '1 hour') limit 1000))`,
  };
}

export type Statements = ReturnType<typeof createStatements>;
