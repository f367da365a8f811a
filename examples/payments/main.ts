// A payment service as a connected service: it must keep what the law and a block against fraud demand, and a
// visitor may spoil it: slow, failing, or refusing a user who owes money. The others come after it, so that
// nothing is deleted where it refuses.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { createTakeoutService } from "takeout-sdk/service";
import { rides } from "./categories/rides.ts";
import { subscriptions } from "./categories/subscriptions.ts";
import { openDatabase } from "./database.ts";
import { showRows } from "./demo-rows.ts";
import { cards } from "./exports/cards.ts";
import { receipts } from "./exports/receipts.ts";
import { serveMood } from "./mood.ts";

const { DATABASE_URL = "", TAKEOUT_SERVICE_KEY = "", TAKEOUT_HUB_URL = "" } = process.env;
const port = Number(process.env.PORT ?? 4103);
const sql = await openDatabase(DATABASE_URL);

const takeout = createTakeoutService({
  service: "payments",
  signingKey: JSON.parse(readFileSync(TAKEOUT_SERVICE_KEY, "utf8")),
  hub: { url: TAKEOUT_HUB_URL, client: "takeout" },
  categories: [subscriptions(sql), rides(sql)],
  exports: [cards(sql), receipts(sql)],
});

let isStopping = false;

async function answer(request: Request): Promise<Response> {
  const response = await route(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (isStopping) response.headers.set("connection", "close");
  return response;
}

async function route(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === "/rows") return await showRows(sql, url);
  return url.pathname === "/mood" ? await serveMood(request) : await takeout.fetch(request);
}

const server = serve({ fetch: answer, port, hostname: process.env.HOST ?? "127.0.0.1" }, () =>
  console.log(`payments: listening on http://127.0.0.1:${port}`),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    isStopping = true;
    server.close();
    await takeout.close();
    await sql.end({ timeout: 5 });
  });
}
