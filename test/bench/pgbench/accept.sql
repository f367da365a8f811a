-- A deletion, its parts with their events, and its job: what the hub writes for one, as three statements.
begin;
with user_of as (
  select gen_random_uuid() as subject, gen_random_uuid() as request_key, uuidv7() as id,
         date_trunc('milliseconds', clock_timestamp()) as at
), request as (
  insert into requests (subject, request_key, category_ids) select subject, request_key, array['1'] from user_of
), category as (
  insert into deletion_categories (deletion_id, category_id, subject) select id, '1', subject from user_of
), linked as (
  insert into request_deletions (request_key, deletion_id) select request_key, id from user_of
)
insert into deletions (id, subject, origin, accepted_at, wake_at, sealed, wrapped, seal_key_id)
select id, subject, 'portal', at, at, repeat('s', 150)::bytea, repeat('w', 60)::bytea, '0123456789abcdef' from user_of
returning id, subject, seq, accepted_at \gset
with made as (
  insert into parts (deletion_id, category_id, service, subject, seq, state, due_at)
  select :id::uuid, '1', 'service-' || k, :subject::uuid, :seq::bigint, 'due', :accepted_at::timestamptz
    from generate_series(1, :services) as k
  returning deletion_id, category_id, service, attempt, state
)
insert into events (deletion_id, category_id, service, attempt, event, to_state, source)
select deletion_id, category_id, service, attempt, 'accepted', state, 'portal' from made;
select graphile_worker.add_job('drive_deletion', json_build_object('deletion_id', :id::text),
  run_at := :accepted_at::timestamptz, job_key := 'drive_deletion:' || :id::text, max_attempts := 32767);
commit;
