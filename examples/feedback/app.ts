import { Hono } from "hono";
import type { TakeoutService } from "takeout-sdk/service";
import type { Require } from "./callers.ts";
import type { Sql } from "./database.ts";
import { demoRows } from "./demo-rows.ts";
import { answerProblem } from "./problems.ts";
import { tasksApi } from "./tasks/api.ts";
import { userInfoApi } from "./tasks/user-info.ts";

/** Every door of the service: its own API, the hub's, and a window for the demonstration. */
export function createApp(sql: Sql, takeout: TakeoutService, require: Require): Hono {
  const app = new Hono({ strict: false });
  app.route("/v1/tasks", tasksApi(sql, require));
  app.route("/v1/tasks/user_info", userInfoApi(sql, require));
  app.route("/rows", demoRows(sql));
  app.all("*", (c) => takeout.fetch(c.req.raw));
  app.onError((error, c) => {
    // Its message may quote a row.
    console.error(`feedback: ${error.name} ${Object(error).code ?? ""}`);
    return answerProblem(c, "internal_error");
  });
  return app;
}
