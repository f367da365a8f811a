/** Ids are UUIDv7, so that a user's newest deletion comes last in the primary key of its parts. */
export const schema = `
create table if not exists deletions (
  id uuid primary key,
  subject uuid not null,
  accepted_at timestamptz not null,
  open_parts int not null,
  closed_at timestamptz
);
create table if not exists requests (
  subject uuid not null,
  request_id text not null,
  categories text[] not null,
  created_at timestamptz not null default now(),
  primary key (subject, request_id)
);
create table if not exists parts (
  subject uuid not null,
  deletion_id uuid not null,
  category text not null,
  service text not null,
  state text not null,
  closed_at timestamptz,
  error text,
  primary key (subject, deletion_id, category, service)
);
create unique index if not exists parts_open on parts (subject, category, service)
  where state in ('due', 'accepted');
`;
