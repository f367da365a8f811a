import { expect, test } from "vitest";
import { queueNames, tasks } from "../../src/queue/tasks.ts";
import { scheduleOf } from "../../src/worker/schedule.ts";
import { createTaskList } from "../../src/worker/tasks.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { createTestHub } from "../support/hub.ts";
import { until } from "../support/processes.ts";
import { startSecondProcess } from "../support/second-process.ts";

const names = Object.keys(tasks) as (keyof typeof tasks)[];
const scheduled = names.filter((name) => !name.startsWith("drive_"));

test.each(queueNames)(
  "every task of %ss but the drives is scheduled, in the queue that runs it alone",
  async (queue) => {
    await using hub = await createTestHub({ services: [] });
    const items = scheduleOf(createTaskList(hub.flows, queue));
    const own = scheduled.filter((name) => tasks[name].queue === queue);
    expect(own.length).toBeGreaterThan(0);
    expect(items.map(({ task }) => task)).toEqual(own);
    expect(items.map(({ options }) => options.jobKey)).toEqual(own);
  },
);

test("what was missed is made up for as soon as workers run, by one of them", async () => {
  await using hub = await createTestHub({ services: [] });
  await using other = startSecondProcess(hub, []);
  const { sql } = hub;
  // As if workers had run until two hours ago.
  await sql`
    insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
    select name, now() - interval '1 day', now() - interval '2 hours' from unnest(${scheduled}::text[]) as name`;
  await sql`create table added (task_id int, turn text)`;
  await sql`
    create function note_added() returns trigger language plpgsql as $$
    begin insert into added values (new.task_id, new.payload #>> '{_cron,ts}'); return new; end $$`;
  await sql`create trigger note_added after insert on graphile_worker._private_jobs
    for each row execute function note_added()`;
  await sql`insert into requests (subject, request_key, category_ids, created_at)
    values (gen_random_uuid(), gen_random_uuid(), '{1}', now() - interval '91 days')`;
  const options = {
    databaseUrl: hub.databaseUrl,
    livenessDatabaseUrl: hub.databaseUrl,
    concurrency: { delete: 2, export: 2 },
  };
  const workers = [hub.flows, other.flows].map((flows) => startWorker(flows, options));
  try {
    await until("the old request to be forgotten", async () => {
      const left = await sql`select from requests`;
      return left.length === 0;
    });
    await until("both workers to have caught up", async () => {
      const [row] = await sql`select count(*)::int as count from hub_workers`;
      const due = await sql`select from graphile_worker.jobs`;
      return row?.count === 2 && due.length === 0;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  const added = await sql<{ task: string; turns: number; times: number }[]>`
    select identifier as task, count(distinct turn)::int as turns, count(*)::int as times
      from added join graphile_worker._private_tasks t on t.id = task_id group by 1 order by 1`;
  expect(added.map(({ task }) => task)).toEqual([...scheduled].sort());
  expect(added.filter(({ turns, times }) => turns !== times)).toEqual([]);
});
