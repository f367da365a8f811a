import { Hono } from "hono";
import { callerOf, type Require } from "../callers.ts";
import type { Sql } from "../database.ts";
import { cutMembers } from "../original-task/cut-members.ts";
import { type Author, authorOf, personalFields } from "../original-task/personal-fields.ts";
import { answerProblem } from "../problems.ts";
import { readTaskId } from "./task-id.ts";

interface Row extends Author {
  text: string;
  hiddenUntil: Date | null;
}

/** Who wrote a task, hidden or not, for callers who have a right to know. Source: S4. */
export function userInfoApi(sql: Sql, require: Require): Hono {
  const app = new Hono();
  app.get("/", require("user_info"), async (c) => {
    const id = readTaskId(c);
    const row = id ? await find(sql, id) : undefined;
    if (!row) return answerProblem(c, "not_found");
    const { text, hiddenUntil, ...hidden } = row;
    const { values } = cutMembers(text, personalFields);
    const user = hiddenUntil ? hidden : authorOf((field) => values.get(field));
    console.log(`feedback: ${callerOf(c)} was told the author of task ${id}`);
    c.header("cache-control", "no-store");
    return c.json({ task_id: id, user, hidden_until: hiddenUntil });
  });
  return app;
}

/** What is hidden counts until its date, whether or not the tool has been there. */
async function find(sql: Sql, id: string): Promise<Row | undefined> {
  const [row] = await sql<Row[]>`
    select original_task::text as text, hidden_until as "hiddenUntil",
           ${sql(personalFields.map((field) => `hidden.${field}`))}
      from feedback.feedback_task as task
      left join gdpr.hidden_data as hidden
        on hidden.task_id = task.id and hidden.hidden_until > clock_timestamp()
     where task.id = ${id}`;
  return row;
}
