import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import postgres from "postgres";
import type { Require } from "../callers.ts";
import type { Sql } from "../database.ts";
import { answerProblem } from "../problems.ts";
import { readTaskId } from "./task-id.ts";

const longestTask = 64 * 1024;

/** The API as it has always been: whoever creates and reads tasks need not know that some lose their author. */
export function tasksApi(sql: Sql, require: Require): Hono {
  const app = new Hono();
  const bounded = bodyLimit({
    maxSize: longestTask,
    onError: (c) => answerProblem(c, "body_too_large"),
  });
  app.post("/", require("create"), bounded, (c) => create(sql, c));
  app.get("/", require("read"), (c) => read(sql, c));
  return app;
}

async function create(sql: Sql, c: Context): Promise<Response> {
  const text = toTask(await c.req.arrayBuffer());
  if (text === undefined) return answerProblem(c, "bad_request");
  try {
    const [task] = await sql<{ id: string }[]>`
      insert into feedback.feedback_task (original_task) values (${text}::text::json) returning id`;
    return c.json({ task_id: task?.id }, 201);
  } catch (error) {
    // PostgreSQL refuses some JSON: "\u0000", half a character, a thousand brackets.
    const isRefused = error instanceof postgres.PostgresError && /^(22|54)/.test(error.code);
    if (isRefused) return answerProblem(c, "bad_request");
    throw error;
  }
}

/** The body as it was sent, if it is a JSON object. */
function toTask(body: ArrayBuffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    const task: unknown = JSON.parse(text);
    return typeof task === "object" && task !== null && !Array.isArray(task) ? text : undefined;
  } catch {
    return undefined;
  }
}

async function read(sql: Sql, c: Context): Promise<Response> {
  const id = readTaskId(c);
  const [task] = id
    ? await sql<{ state: string; createdAt: Date; text: string }[]>`
        select state, created_at as "createdAt", original_task::text as text
          from feedback.feedback_task where id = ${id}`
    : [];
  if (!task) return answerProblem(c, "not_found");
  const { state, createdAt, text } = task;
  const head = JSON.stringify({ task_id: id, state, created_at: createdAt });
  // As it is stored: to parse and write it anew could change it.
  return c.body(`${head.slice(0, -1)},"original_task":${text}}`, 200, {
    "content-type": "application/json",
  });
}
