import { Hono } from "hono";
import type { Sql } from "./database.ts";
import { feedbackCategory } from "./gdpr/category.ts";

const mostRows = 200;

/** For the demonstration alone: a real service would not show its rows to whoever asks. */
export function demoRows(sql: Sql): Hono {
  const app = new Hono();
  app.get("/", async (c) => {
    const uid = c.req.query("uid") ?? "";
    const [tasks, hidden] = await Promise.all([
      sql`select id, original_task ->> 'message' as message, state, created_at,
                 original_task::text as original_task
            from feedback.feedback_task where original_task ->> 'uid' = ${uid}
           order by id limit ${mostRows}`,
      sql`select task_id, hidden_until, email, user_full_name, ip, uuid, device_id, yandexuid
            from gdpr.hidden_data where uid = ${uid} order by task_id limit ${mostRows}`,
    ]);
    const tables = [
      { category: feedbackCategory, name: "feedback_task", rows: [...tasks] },
      { category: feedbackCategory, name: "hidden_data", rows: [...hidden] },
    ];
    if (c.req.query("count") === undefined) return c.json({ uid, tables });
    return c.json(Object.fromEntries(tables.map(({ name, rows }) => [name, rows.length])));
  });
  return app;
}
