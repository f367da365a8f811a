-- A report that a part is deleted, kept as evidence, and the deletion's end with its last part. Each run of it takes
-- another part: five thousand are mixed at a time, as many as the hub's reports are.
\set turn :turn + 1
\set number :turn * :clients + :client_id
\set place :number / 5000 * 5000 + permute(:number % 5000, 5000, :first)
\set user :first + :place / :services
\set service :place % :services + 1
with newest as (
  select deletion_id from parts
   where subject = md5('open ' || :user)::uuid and category_id = '1' and service = 'service-' || :service
   order by seq desc limit 1
), locked as (
  select id from deletions where id = (select deletion_id from newest) for update
), changed as (
  update parts set state = 'deleted', closed_at = clock_timestamp(), outcome = 'erased'
   where deletion_id = (select id from locked) and category_id = '1' and service = 'service-' || :service
     and state = 'accepted'
  returning deletion_id, category_id, service, attempt
), logged as (
  insert into events (deletion_id, category_id, service, attempt, event, from_state, to_state, source, kid, body_hash)
  select deletion_id, category_id, service, attempt, 'reported_deleted', 'accepted', 'deleted', 'report', 'key',
         gen_random_uuid() from changed
), ended as (
  select deletion_id from changed
   where not exists (select from parts p
                      where p.deletion_id = changed.deletion_id and p.service <> changed.service
                        and p.state in ('waiting', 'due', 'calling', 'accepted'))
), closed as (
  update deletion_categories set closed_at = clock_timestamp(), deleted_at = clock_timestamp()
   where deletion_id = (select deletion_id from ended) and category_id = '1'
)
update deletions set closed_at = clock_timestamp(), closed_as = 'done', wake_at = null,
                     sealed = null, wrapped = null, seal_key_id = null
 where id = (select deletion_id from ended);
