/**
 * `feedback` is as it was before anybody had a right to be forgotten; `gdpr` is all that was added.
 * `json`, not `jsonb`, keeps the bytes that a caller sent: order, blanks and numbers as they were written.
 * Source: S4.
 */
export const schema = `
  create schema feedback;
  create table feedback.feedback_task (
    id bigint generated always as identity primary key,
    state text not null default 'new' check (state in ('new', 'in_progress', 'done')),
    original_task json not null,
    created_at timestamptz not null default clock_timestamp());
  create index feedback_task_uid on feedback.feedback_task ((original_task ->> 'uid'), id);

  create schema gdpr;
  create table gdpr.takeout (
    uid text not null,
    status text not null default 'new' check (status in ('new', 'in_progress', 'done')),
    request_id text,
    requested_at timestamptz not null,
    completed_at timestamptz,
    primary key (uid, requested_at),
    check ((status = 'done') = (completed_at is not null)));
  comment on column gdpr.takeout.requested_at is 'The fence: what was sent later stays the user''s';
  create index takeout_open on gdpr.takeout (uid) where completed_at is null;
  create index takeout_over on gdpr.takeout (completed_at) where completed_at is not null;

  create table gdpr.hidden_data (
    task_id bigint primary key references feedback.feedback_task (id) on delete cascade,
    uid text not null,
    email text,
    uuid text,
    device_id text,
    yandexuid text,
    ip text,
    user_full_name text,
    hidden_until timestamptz not null);
  create index hidden_data_uid on gdpr.hidden_data (uid);
  create index hidden_data_until on gdpr.hidden_data (hidden_until);

  create table gdpr.deletion (
    deletion_id text primary key,
    uids text[] not null,
    requested_at timestamptz not null,
    report_uid text not null,
    attempt integer not null,
    asked integer not null default 1,
    asked_at timestamptz not null default clock_timestamp(),
    due_at timestamptz default clock_timestamp(),
    failures integer not null default 0,
    tasks integer not null default 0);
  comment on table gdpr.deletion is 'What the hub called: each is of one or more rows of gdpr.takeout';
  comment on column gdpr.deletion.due_at is 'When the hub is told, once all is completed; null when it knows';
  comment on column gdpr.deletion.tasks is 'How many tasks were anonymised';
  create index deletion_due on gdpr.deletion (due_at);
  create index deletion_requested on gdpr.deletion (requested_at);
`;
