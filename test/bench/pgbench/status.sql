-- The status of a user whose deletion is done: the category, and the newest part of each service.
\set user random(0, :users - 1)
select category.deletion_id, category.closed_at, done.deleted_at, held.service, part.state, part.closed_at, part.outcome,
       part.retained_until, part.reason, part.error_code, own.deleted_at
  from (values ('1')) as asked (category_id)
  left join lateral (
    select deletion_id, closed_at from deletion_categories d
     where d.subject = md5('user ' || :user)::uuid and d.category_id = asked.category_id
     order by seq desc limit 1) as category on true
  left join lateral (
    select deleted_at from deletion_categories d
     where d.subject = md5('user ' || :user)::uuid and d.category_id = asked.category_id and deleted_at is not null
     order by seq desc limit 1) as done on true
  cross join (select 'service-' || k as service from generate_series(1, :services) as k) as held
  left join lateral (
    select state, closed_at, outcome, retained_until, reason, error_code from parts p
     where p.subject = md5('user ' || :user)::uuid and p.category_id = asked.category_id and p.service = held.service
     order by seq desc limit 1) as part on true
  left join own_states own
         on own.subject = md5('user ' || :user)::uuid and own.category_id = asked.category_id
        and own.service = held.service;
