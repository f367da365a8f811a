-- Run by `npm run migrate`, as often as you like.
create table if not exists favorites (
  id bigint generated always as identity primary key,
  uid text not null, title text,
  created_at timestamptz not null default clock_timestamp()
);
create index if not exists favorites_uid on favorites (uid);
