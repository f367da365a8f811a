// A realty site as a connected service: its rows lie in a PostgreSQL schema of its own, and the SDK does everything
// that has to do with the hub. A call is put in a queue, a step for each category: what is done is not done again,
// and what a killed process was at goes on in the next one. Source: S0.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { createPostgresStore } from "takeout-sdk/postgres";
import { createTakeoutService } from "takeout-sdk/service";
import { comparisons } from "./categories/comparisons.ts";
import { favorites } from "./categories/favorites.ts";
import { hiddenOffers } from "./categories/hidden-offers.ts";
import { mortgageApplications } from "./categories/mortgage-applications.ts";
import { notes } from "./categories/notes.ts";
import { offers } from "./categories/offers.ts";
import { subscriptions } from "./categories/subscriptions.ts";
import { openDatabase } from "./database.ts";
import { serveRows } from "./demo-rows.ts";
import { profile } from "./exports/profile.ts";

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`realty: set ${name}`);
  process.exit(78);
}

/** A private JWK, or the path of a file with one. */
function readKey(text: string) {
  return JSON.parse(text.trimStart().startsWith("{") ? text : readFileSync(text, "utf8"));
}

const connectionString = required("DATABASE_URL");
const sql = await openDatabase(connectionString);
const takeout = createTakeoutService({
  service: "realty",
  signingKey: readKey(required("TAKEOUT_SERVICE_KEY")),
  hub: { url: required("TAKEOUT_HUB_URL"), client: "takeout" },
  categories: [
    favorites,
    subscriptions,
    offers,
    hiddenOffers,
    notes,
    comparisons,
    mortgageApplications,
  ].map((make) => make(sql)),
  exports: [profile(sql)],
  // In schemas of its own: the database may be shared with others that work in the same way.
  store: createPostgresStore({
    connectionString,
    schema: "realty_takeout",
    graphileSchema: "realty_worker",
  }),
});
await takeout.start();

const port = Number(process.env.PORT ?? 4101);
const hostname = process.env.HOST ?? "127.0.0.1";
const server = serve({ fetch: answer, port, hostname }, () => {
  console.log(`realty: listening on http://${hostname}:${port}`);
});

let isStopping = false;

async function answer(request: Request): Promise<Response> {
  const isDemo = new URL(request.url).pathname === "/rows";
  const response = isDemo ? await serveRows(sql, request) : await takeout.fetch(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (isStopping) response.headers.set("connection", "close");
  return response;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    isStopping = true;
    server.close();
    await takeout.close();
    await sql.end({ timeout: 5 });
  });
}
