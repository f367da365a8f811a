import type { Context } from "hono";

/** The task that a request names; undefined where it can be none. */
export function readTaskId(c: Context): string | undefined {
  const id = c.req.query("task_id") ?? "";
  return /^[1-9][0-9]{0,17}$/.test(id) ? id : undefined;
}
