// Rides as a connected service that deletes behind its answer: a long history takes its time, so the work is kept in
// the service's own PostgreSQL, survives the process, and is reported when it is done.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { createPostgresStore } from "takeout-sdk/postgres";
import { createTakeoutService } from "takeout-sdk/service";
import { rides } from "./category.ts";
import { openDatabase } from "./database.ts";
import { showRows } from "./demo-rows.ts";

const { DATABASE_URL = "", TAKEOUT_SERVICE_KEY = "", TAKEOUT_HUB_URL = "" } = process.env;
const port = Number(process.env.PORT ?? 4105);
const sql = await openDatabase(DATABASE_URL);

const takeout = createTakeoutService({
  service: "rides",
  signingKey: JSON.parse(readFileSync(TAKEOUT_SERVICE_KEY, "utf8")),
  hub: { url: TAKEOUT_HUB_URL, client: "takeout" },
  categories: [rides(sql)],
  // In schemas of its own: the database may be shared with others that work in the same way.
  store: createPostgresStore({
    connectionString: DATABASE_URL,
    schema: "rides_takeout",
    graphileSchema: "rides_worker",
  }),
});
await takeout.start();

let isStopping = false;

async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const isDemo = url.pathname === "/rows";
  const response = isDemo
    ? await showRows(sql, url.searchParams.get("uid") ?? "")
    : await takeout.fetch(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (isStopping) response.headers.set("connection", "close");
  return response;
}

const server = serve({ fetch: answer, port, hostname: process.env.HOST ?? "127.0.0.1" }, () =>
  console.log(`rides: listening on http://127.0.0.1:${port}`),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    isStopping = true;
    server.close();
    await takeout.close();
    await sql.end({ timeout: 5 });
  });
}
