import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { namesIn } from "../../support/naming.ts";
import { until } from "../../support/processes.ts";
import {
  createFeedback,
  deletionOf,
  type Feedback,
  type RunningFeedback,
  reportsOf,
  stateOf,
} from "./running-feedback.ts";

const personal = ["uid", "email", "uuid", "device_id", "yandexuid", "ip", "user_full_name"];

let feedback: Feedback;
let running: RunningFeedback;
beforeAll(async () => {
  feedback = await createFeedback();
  // Small batches, so that every deletion takes several.
  running = await feedback.start({ FEEDBACK_BATCH: "3", FEEDBACK_KEEP_HIDDEN_DAYS: "30" });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await feedback[Symbol.asyncDispose]();
});
beforeEach(() => {
  feedback.hub.reports.length = 0;
});

const dayMs = 24 * 60 * 60_000;

async function remove(uid: string, to = new Date(), change: object = {}): Promise<void> {
  const answer = await running.call("/v1/takeout/delete/", deletionOf(uid, to, change));
  expect(answer.status).toBe(202);
}

async function reported(uid: string, count = 1) {
  await until(`${count} reports`, () => reportsOf(feedback, uid).length >= count);
  return reportsOf(feedback, uid);
}

async function send(uid: string, at: Date, state = "new"): Promise<string> {
  const [task] = await feedback.sql<{ id: string }[]>`
    insert into feedback.feedback_task (original_task, created_at, state)
    values (${JSON.stringify({ uid, message: "no bridge", ip: "192.0.2.1" })}::text::json, ${at}, ${state})
    returning id`;
  return task?.id ?? "";
}

/** The tasks that still name the user as their author. */
async function tasksOf(uid: string): Promise<string[]> {
  const rows = await feedback.sql<{ id: string }[]>`
    select id from feedback.feedback_task where original_task ->> 'uid' = ${uid} order by id`;
  return rows.map(({ id }) => id);
}

async function hiddenOf(uid: string) {
  return await feedback.sql`select * from gdpr.hidden_data where uid = ${uid} order by task_id`;
}

test("all seven fields go from the JSON to hidden_data, and every other byte stays as it was", async () => {
  const { sql } = feedback;
  // Every task as a list of members in an order of its own, with blanks of its own; what must be left
  // of it, and what must be hidden, is said by the same SQL.
  await sql`
    create table members as
    select n, name, value, name = any(${personal}) as is_personal, md5(n || name || 'order') as place
      from generate_series(1, 20) as n
      cross join lateral (values
        ('uid', '"7100"'), ('email', '"a+' || n || '@example.com"'), ('uuid', '"u\\u0041-' || n || '"'),
        ('device_id', '"d \\" , } ' || n || '"'), ('yandexuid', to_json(1600000000 + n)::text),
        ('ip', '"2001:db8::' || n || '"'), ('user_full_name', '"Łucja Ødegård 王"'),
        ('message', '"said: \\"uid\\":\\"7100\\", {\\n"'), ('lat', '55.7500'), ('far', '-1.50E+2'),
        ('place', '{ "uid" : "7100" ,"uuid":"p", "ip":[ {"email":"x"} , "}" ] }'), ('none', 'null'),
        ('café', '"\\u00e9 é"'), ('empty', '[ ]'), ('UID', '"not the same"')) as member (name, value)
     where n % 4 > 0 or name not in ('email', 'yandexuid')`;
  await sql`
    create table proof as
    select 1000000 + n as id,
           head || string_agg(member, gap order by place) || tail as original,
           head || string_agg(member, gap order by place) filter (where not is_personal) || tail as left_over
      from (select n, place, is_personal, to_json(name) || (array[':', ' : ', E':\\n\\t'])[1 + n % 3] || value as member,
                   (array[',', ', ', E',\\n  '])[1 + n % 3] as gap,
                   (array['{', '{ ', E'{\\n  '])[1 + n % 3] as head,
                   (array['}', ' } ', E'\\n}\\n'])[1 + n % 3] as tail from members) as written
     group by n, gap, head, tail`;
  await sql`
    insert into feedback.feedback_task (id, original_task, created_at) overriding system value
    select id, original::json, clock_timestamp() - interval '1 hour' from proof`;
  const others = () => sql`
    select md5(string_agg(task::text, E'\\n' order by id)) as all, count(*)::int
      from feedback.feedback_task as task where id < 1000000`;
  const columns = () => sql`
    select id, state, created_at::text from feedback.feedback_task where id > 1000000 order by id`;
  const [othersBefore, columnsBefore] = [await others(), await columns()];

  await remove("7100");
  expect(await reported("7100")).toMatchObject([{ state: "deleted", outcome: "anonymized" }]);

  const [difference] = await sql`
    select count(*) filter (where convert_to(task.original_task::text, 'UTF8')
                                  is distinct from convert_to(proof.left_over, 'UTF8'))::int as in_bytes,
           count(*) filter (where proof.left_over = proof.original)::int as untouched,
           count(*) filter (where exists (
             select from json_object_keys(task.original_task) as name where name = any(${personal})))::int as named,
           count(*)::int as tasks
      from proof left join feedback.feedback_task as task using (id)`;
  expect(difference).toEqual({ in_bytes: 0, untouched: 0, named: 0, tasks: 20 });
  const hidden = await sql`
    select n, column_name as name, to_jsonb(hidden) ->> column_name as value
      from gdpr.hidden_data as hidden
      join lateral (select task_id - 1000000 as n) as numbered on true
      cross join unnest(${personal}::text[]) as column_name
     where task_id > 1000000 and to_jsonb(hidden) ->> column_name is not null order by n, name`;
  const expected = await sql`
    select n::bigint, name, value::json #>> '{}' as value from members where is_personal order by n, name`;
  expect([...hidden]).toEqual([...expected]);
  expect(hidden).toHaveLength(20 * 7 - 5 * 2);
  expect(await others()).toEqual(othersBefore);
  expect(await columns()).toEqual(columnsBefore);
});

test("the tables of gdpr have the columns that the design names, and a date for what is hidden", async () => {
  const columns = await feedback.sql<{ table_name: string; names: string[] }[]>`
    select table_name, array_agg(column_name::text order by ordinal_position) as names
      from information_schema.columns
     where table_schema = 'gdpr' and table_name in ('takeout', 'hidden_data') group by table_name`;
  expect(Object.fromEntries(columns.map(({ table_name, names }) => [table_name, names]))).toEqual({
    takeout: ["uid", "status", "request_id", "requested_at", "completed_at"],
    hidden_data: ["task_id", ...personal, "hidden_until"],
  });
});

test("a deletion is written down with its request and its fence, and completed by the tool", async () => {
  await send("7110", new Date());
  const fence = new Date();
  await remove("7110", fence);
  await reported("7110");
  const [row] = await feedback.sql`select * from gdpr.takeout where uid = '7110'`;
  expect(row).toEqual({
    uid: "7110",
    status: "done",
    request_id: "r-7110",
    requested_at: fence,
    completed_at: expect.any(Date),
  });
});

test("the report says that the data is hidden, why and until when", async () => {
  await send("7120", new Date());
  const fence = new Date();
  await remove("7120", fence);
  const retained_until = new Date(fence.getTime() + 30 * dayMs).toISOString();
  expect(await reported("7120")).toEqual([
    {
      service: "feedback",
      yandex_uid: "7120",
      category_id: "9",
      deletion_id: "d-7120",
      attempt: 1,
      state: "deleted",
      outcome: "anonymized",
      reason: "authorship",
      retained_until,
      completed_at: expect.stringMatching(/Z$/),
      to: fence.toISOString(),
    },
  ]);
  expect(await hiddenOf("7120")).toMatchObject([{ hidden_until: new Date(retained_until) }]);
  expect(await stateOf(running, "7120")).toBe("empty");
});

test("what was sent up to the fence is anonymised, what was sent later stays the user's", async () => {
  const fence = new Date(Date.now() - dayMs);
  const atFence = await send("7130", fence);
  const later = await send("7130", new Date(fence.getTime() + 1));
  await remove("7130", fence);
  await reported("7130");
  expect(await tasksOf("7130")).toEqual([later]);
  expect((await hiddenOf("7130")).map(({ task_id }) => task_id)).toEqual([atFence]);
  expect(await stateOf(running, "7130")).toBe("ready_to_delete");
  // Also by a repeat, which only reports again.
  await remove("7130", fence, { attempt: 2 });
  expect(await reported("7130", 2)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  expect(await tasksOf("7130")).toEqual([later]);
});

test("status says delete_in_progress while a request is not completed, and is not at an end before", async () => {
  const task = await send("7140", new Date());
  await using held = await hold(task);
  await remove("7140");
  expect(await stateOf(running, "7140")).toBe("delete_in_progress");
  // The tool has seen it; what another transaction holds it leaves for its next run.
  await until("the tool", async () => {
    const [row] = await feedback.sql`select status from gdpr.takeout where uid = '7140'`;
    return row?.status === "in_progress";
  });
  expect(await stateOf(running, "7140")).toBe("delete_in_progress");
  expect(reportsOf(feedback, "7140")).toEqual([]);
  await held.release();
  await reported("7140");
  expect(await tasksOf("7140")).toEqual([]);
  expect(await stateOf(running, "7140")).toBe("empty");
});

test("a user whose task is held keeps nobody else waiting", async () => {
  const task = await send("7150", new Date());
  await send("7151", new Date());
  await using _held = await hold(task);
  await remove("7150");
  await remove("7151");
  await reported("7151");
  expect(await tasksOf("7151")).toEqual([]);
  expect(reportsOf(feedback, "7150")).toEqual([]);
});

test("feedback in processing loses its author at once, and its processing goes on", async () => {
  const task = await send("7160", new Date(), "in_progress");
  await remove("7160");
  await reported("7160");
  const moderation = await feedback.moderation.serviceTicket("feedback");
  const headers = { "x-ya-service-ticket": moderation };
  const get = async (path: string) =>
    await (await fetch(`${running.url}/v1/tasks${path}?task_id=${task}`, { headers })).json();
  expect(await get("/")).toMatchObject({
    state: "in_progress",
    original_task: { message: "no bridge" },
  });
  await feedback.sql`update feedback.feedback_task set state = 'done' where id = ${task}`;
  expect(await get("/")).toEqual({
    task_id: task,
    state: "done",
    created_at: expect.any(String),
    original_task: { message: "no bridge" },
  });
  // Whoever has to ask back can, until the date.
  expect(await get("/user_info")).toMatchObject({ user: { uid: "7160", ip: "192.0.2.1" } });
});

test("every account of the user is anonymised, and reported once", async () => {
  await send("7170", new Date());
  await send("7171", new Date());
  const yandex_uids = ["7170", "7171", "7172"].map((uid) => ({ uid, is_portal: uid === "7170" }));
  await remove("7170", new Date(), { yandex_uids });
  expect(await reported("7170")).toMatchObject([{ outcome: "anonymized" }]);
  expect([await tasksOf("7170"), await tasksOf("7171")]).toEqual([[], []]);
});

test("who sent nothing is reported as not found; who is hidden already, as hidden until then", async () => {
  await remove("7180");
  expect(await reported("7180")).toMatchObject([{ state: "deleted", outcome: "nothing_found" }]);
  await send("7181", new Date());
  await remove("7181");
  await reported("7181");
  await remove("7181", new Date(), { deletion_id: "again" });
  const [first, second] = await reported("7181", 2);
  expect(second).toMatchObject({ deletion_id: "again", outcome: "anonymized" });
  expect(second?.retained_until).toBe(first?.retained_until);
});

test("feedback without an author is nobody's, and stays", async () => {
  const anonymous = () => feedback.sql`
    select count(*)::int from feedback.feedback_task
     where original_task ->> 'uid' is null and original_task ->> 'ip' is not null`;
  const [before] = await anonymous();
  expect(before?.count).toBe(20);
  await remove("4001");
  await reported("4001");
  expect(await anonymous()).toEqual([before]);
});

test("without the hub's ticket nothing is written down", async () => {
  const body = JSON.stringify(deletionOf("7190", new Date()));
  const headers = { "content-type": "application/json" };
  const url = `${running.url}/v1/takeout/delete/`;
  expect((await fetch(url, { method: "POST", headers, body })).status).toBe(401);
  expect([...(await feedback.sql`select from gdpr.takeout where uid = '7190'`)]).toEqual([]);
});

test("no log line names a user", () => {
  expect(running.output()).toContain("anonymised");
  const uids = Array.from({ length: 100 }, (_, at) => `${7_100 + at}`);
  expect(namesIn(running.output(), ...uids)).toEqual([]);
  expect(running.output()).not.toMatch(/example\.com|192\.0\.2/);
});

/** Holds a task's row, as whoever processes it may. */
async function hold(task: string): Promise<AsyncDisposable & { release(): Promise<void> }> {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holding = feedback.sql.begin(async (tx) => {
    await tx`select from feedback.feedback_task where id = ${task} for update`;
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  const release = async () => {
    released.resolve();
    await holding;
  };
  return { release, [Symbol.asyncDispose]: release };
}
