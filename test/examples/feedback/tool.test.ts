import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { problem } from "../../sdk/fake-hub.ts";
import { namesIn } from "../../support/naming.ts";
import { until } from "../../support/processes.ts";
import {
  createFeedback,
  deletionOf,
  type Feedback,
  reportsOf,
  stateOf,
} from "./running-feedback.ts";

// Each test starts what it needs: a schedule of its own, or none.

let feedback: Feedback;
beforeAll(async () => {
  feedback = await createFeedback();
  // The first that opens the database makes it.
  await feedback.runTool();
});
afterAll(async () => {
  await feedback[Symbol.asyncDispose]();
});
beforeEach(() => {
  feedback.hub.reports.length = 0;
  feedback.hub.always = undefined;
});

const withoutSchedule = { FEEDBACK_TOOL_EVERY_MS: "0" };

async function send(uid: string, tasks: number): Promise<void> {
  await feedback.sql`
    insert into feedback.feedback_task (created_at, original_task)
    select clock_timestamp() - interval '1 hour',
           format('{"uid":"%s", "n": %s, "email":"%s@example.com"}', ${uid}::text, n, n)::json
      from generate_series(1, ${tasks}::integer) as n`;
}

/** How many tasks have their author still, and how many have it hidden; a task must not be both or neither. */
async function count(uid: string) {
  const [row] = await feedback.sql`
    select count(*) filter (where original_task ->> 'uid' = ${uid} and hidden.task_id is null)::int as named,
           count(*) filter (where original_task::text ~ '^{"n": \\d+}$' and hidden.uid = ${uid}
                              and hidden.email = (original_task ->> 'n') || '@example.com')::int as hidden,
           count(*)::int as tasks
      from feedback.feedback_task as task left join gdpr.hidden_data as hidden on task_id = id
     where original_task ->> 'uid' = ${uid} or hidden.uid = ${uid}`;
  return row;
}

test("killed in the middle of a batch, it leaves each task whole, and the next start ends the work", async () => {
  const { sql } = feedback;
  await send("7200", 10);
  // The fifth task's author cannot be hidden before the test lets go: that is the middle of the second batch.
  await sql.unsafe(`
    create function stand_still() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(77); return new; end $$;
    create trigger stand_still before insert on gdpr.hidden_data for each row
      when (new.email = '5@example.com') execute function stand_still()`);
  const gate = await sql.reserve();
  await gate`select pg_advisory_lock(77)`;
  {
    await using doomed = await feedback.start({ FEEDBACK_BATCH: "3" });
    await doomed.call("/v1/takeout/delete/", deletionOf("7200", new Date()));
    await until("the middle of a batch", async () => {
      const [waiting] = await sql`select from pg_locks where locktype = 'advisory' and not granted`;
      return waiting !== undefined;
    });
    expect(await stateOf(doomed, "7200")).toBe("delete_in_progress");
    doomed.child.kill("SIGKILL");
    expect(await doomed.exit).toEqual({ code: null, signal: "SIGKILL" });
  }
  await gate`select pg_advisory_unlock(77)`;
  gate.release();
  await sql`drop function stand_still cascade`;
  await until("the end of the dead process's transaction", async () => {
    const [open] = await sql`
      select from pg_stat_activity where datname = current_database() and state <> 'idle'
         and pid <> pg_backend_pid()`;
    return open === undefined;
  });
  expect(await count("7200")).toEqual({ named: 7, hidden: 3, tasks: 10 });
  expect(reportsOf(feedback, "7200")).toEqual([]);

  await using next = await feedback.start();
  await until("the report", () => reportsOf(feedback, "7200").length > 0);
  expect(await count("7200")).toEqual({ named: 0, hidden: 10, tasks: 10 });
  expect(reportsOf(feedback, "7200")).toMatchObject([{ state: "deleted", outcome: "anonymized" }]);
  expect(await stateOf(next, "7200")).toBe("empty");
  const [request] = await sql`
    select status, tasks from gdpr.takeout join gdpr.deletion using (requested_at) where uid = '7200'`;
  expect(request).toEqual({ status: "done", tasks: 10 });
});

test("a scheduler outside may run the tool; until it does nothing is anonymised or reported", async () => {
  await using running = await feedback.start(withoutSchedule);
  await send("7210", 4);
  const answer = await running.call("/v1/takeout/delete/", deletionOf("7210", new Date()));
  expect(answer.status).toBe(202);
  expect(await count("7210")).toEqual({ named: 4, hidden: 0, tasks: 4 });
  expect(await stateOf(running, "7210")).toBe("delete_in_progress");
  await feedback.runTool();
  expect(await count("7210")).toEqual({ named: 0, hidden: 4, tasks: 4 });
  expect(reportsOf(feedback, "7210")).toHaveLength(1);
  expect(await stateOf(running, "7210")).toBe("empty");
});

test("tools that run at once anonymise each task once, and report once", async () => {
  await using running = await feedback.start(withoutSchedule);
  for (const uid of ["7220", "7221", "7222"]) {
    await send(uid, 40);
    await running.call("/v1/takeout/delete/", deletionOf(uid, new Date()));
  }
  await Promise.all(Array.from({ length: 3 }, () => feedback.runTool({ FEEDBACK_BATCH: "2" })));
  // Who came second may have found everything taken and gone home.
  await feedback.runTool();
  for (const uid of ["7220", "7221", "7222"]) {
    expect(await count(uid)).toEqual({ named: 0, hidden: 40, tasks: 40 });
    expect(reportsOf(feedback, uid)).toHaveLength(1);
    const [request] = await feedback.sql`select tasks from gdpr.deletion where uids = ${[uid]}`;
    expect(request).toEqual({ tasks: 40 });
  }
});

test("a report that the hub did not take survives the process, and is sent until it does", async () => {
  await send("7230", 1);
  feedback.hub.always = problem(503, "unavailable");
  {
    await using running = await feedback.start();
    await running.call("/v1/takeout/delete/", deletionOf("7230", new Date()));
    await until("two failures", async () => {
      const [report] =
        await feedback.sql`select failures from gdpr.deletion where deletion_id = 'd-7230'`;
      return report?.failures > 1;
    });
    expect(running.output()).toContain("could not report");
    expect(namesIn(running.output(), "7230")).toEqual([]);
  }
  feedback.hub.always = undefined;
  const before = reportsOf(feedback, "7230").length;
  await using _next = await feedback.start();
  await until("the report", async () => {
    const [open] =
      await feedback.sql`select from gdpr.deletion where deletion_id = 'd-7230' and due_at is not null`;
    return open === undefined;
  });
  expect(reportsOf(feedback, "7230").length).toBe(before + 1);
  expect(reportsOf(feedback, "7230").at(-1)).toMatchObject({ outcome: "anonymized" });
});

test("what the hub asks again while a report is on its way is reported again", async () => {
  await using running = await feedback.start();
  feedback.hub.answers.push(null);
  const call = (attempt: number) =>
    running.call("/v1/takeout/delete/", deletionOf("7235", new Date(), { attempt }));
  await call(1);
  await until("the report", () => reportsOf(feedback, "7235").length > 0);
  await call(2);
  feedback.hub.release();
  await until("the second report", () => reportsOf(feedback, "7235").length > 1);
  expect(reportsOf(feedback, "7235")).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
});

test("a report that the hub refuses for good is not sent again", async () => {
  await send("7240", 1);
  feedback.hub.always = problem(409, "stale_deletion");
  await using running = await feedback.start(withoutSchedule);
  await running.call("/v1/takeout/delete/", deletionOf("7240", new Date()));
  await feedback.runTool();
  await feedback.runTool();
  expect(reportsOf(feedback, "7240")).toHaveLength(1);
  expect([
    ...(await feedback.sql`select from gdpr.deletion where deletion_id = 'd-7240' and due_at is not null`),
  ]).toEqual([]);
});

test("hidden data goes when its date has come, and not before", async () => {
  await using running = await feedback.start(withoutSchedule);
  const moderation = await feedback.moderation.serviceTicket("feedback");
  const userInfo = async (id: string) => {
    const url = `${running.url}/v1/tasks/user_info?task_id=${id}`;
    return (await (
      await fetch(url, { headers: { "x-ya-service-ticket": moderation } })
    ).json()) as {
      user: { uid: string | null };
    };
  };
  await send("7250", 2);
  await running.call("/v1/takeout/delete/", deletionOf("7250", new Date()));
  await feedback.runTool();
  const [due, later] = await feedback.sql<{ id: string }[]>`
    select task_id as id from gdpr.hidden_data where uid = '7250' order by task_id`;
  const setDate = (id: string | undefined, inSeconds: number) => feedback.sql`
    update gdpr.hidden_data set hidden_until = clock_timestamp() + ${inSeconds} * interval '1 second'
     where task_id = ${id ?? ""}`;
  await setDate(due?.id, -0.001);
  await setDate(later?.id, 60);
  // Over is over: nobody is told, even if the tool has not been there yet.
  expect((await userInfo(due?.id ?? "")).user.uid).toBeNull();
  expect((await userInfo(later?.id ?? "")).user.uid).toBe("7250");
  await feedback.runTool();
  const left = await feedback.sql`select task_id as id from gdpr.hidden_data where uid = '7250'`;
  expect([...left]).toEqual([later]);
  const [task] = await feedback.sql`
    select original_task::text as text from feedback.feedback_task where id = ${due?.id ?? ""}`;
  expect(task?.text).toBe('{"n": 1}');
  expect(await stateOf(running, "7250")).toBe("empty");
});

test("a request that was completed long ago is forgotten; one that is open or unreported is not", async () => {
  await feedback.sql`
    create table made as
    select id, now() - interval '40 days' - n * interval '1 hour' as requested_at, now() - age as completed_at, due_at
      from (values (1, 'old', interval '31 days', null), (2, 'young', interval '29 days', null),
                   (3, 'unreported', interval '31 days', now() + interval '1 hour'))
        as request (n, id, age, due_at)`;
  await feedback.sql`
    insert into gdpr.takeout (uid, status, request_id, requested_at, completed_at)
    select '7260', 'done', id, requested_at, completed_at from made`;
  await feedback.sql`
    insert into gdpr.deletion (deletion_id, uids, requested_at, report_uid, attempt, due_at)
    select id, '{7260}', requested_at, '7260', 1, due_at from made`;
  await feedback.runTool();
  const left = await feedback.sql`
    select request_id as id from gdpr.takeout where uid = '7260' order by id`;
  expect(left.map(({ id }) => id)).toEqual(["unreported", "young"]);
  const known = await feedback.sql`
    select deletion_id as id from gdpr.deletion where uids = '{7260}' order by id`;
  expect([...known]).toEqual([...left]);
  await feedback.sql`update gdpr.deletion set due_at = null`;
});

test("asked to stop, it ends the batch that it is at, and its connections", async () => {
  await using running = await feedback.start();
  running.child.kill("SIGTERM");
  expect(await running.exit).toEqual({ code: 0, signal: null });
});
