import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { statusAnswer } from "./answer.ts";

/** The same with the hub's framework. */
const app = new Hono();
const headers = { "content-type": "application/json" };
app.get("/1/takeout/status/", (context) => context.body(statusAnswer, 200, headers));
app.post("/takeout/set_data_status", async (context) => {
  await context.req.json();
  return context.body("{}", 200, headers);
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => {
  process.send?.(port);
});
