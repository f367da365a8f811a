// A travel site as a connected service that works synchronously (`completion: answer`): when it answers,
// the rows are gone, and there is nothing to report.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import postgres from "postgres";
import {
  category,
  createTakeoutService,
  erased,
  exportItem,
  json,
  noData,
  nothingFound,
} from "takeout-sdk/service";

const { DATABASE_URL = "", TAKEOUT_SERVICE_KEY = "", TAKEOUT_HUB_URL = "" } = process.env;
const port = Number(process.env.PORT ?? 4102);
const sql = postgres(DATABASE_URL, { max: 4, onnotice: () => {} });

await sql.begin(async (tx) => {
  await tx`select pg_advisory_xact_lock(4102)`;
  const [found] = await tx`select to_regclass('travel.trips') is not null as there`;
  if (found?.there) return;
  await tx`create schema travel`;
  await tx`create table travel.trips (id bigint generated always as identity primary key,
    uid text not null, destination text not null, created_at timestamptz not null default clock_timestamp())`;
  await tx`create index on travel.trips (uid)`;
  await tx`insert into travel.trips (uid, destination, created_at)
    select uid::text, (array['Lisbon', 'Tbilisi', 'Oslo', 'Kyoto', 'Samarkand'])[n],
           clock_timestamp() - interval '1 day' - random() * interval '700 days'
      from generate_series(4001, 4200) as uid, generate_series(1, 5) as n`;
});

const favorites = category("1", {
  async status({ uids }) {
    const [found] = await sql<{ some: boolean }[]>`
      select exists (select from travel.trips where uid = any(${[...uids]})) as some`;
    return found?.some ? "ready_to_delete" : "empty";
  },
  async delete({ uids, before }) {
    const gone = await sql`
      delete from travel.trips where uid = any(${[...uids]}) and created_at <= ${before}`;
    return gone.count > 0 ? erased() : nothingFound();
  },
  exports: [
    exportItem("trips", async ({ uids }) => {
      const rows = await sql`
        select destination, created_at as booked_at from travel.trips
         where uid = any(${[...uids]}) order by id`;
      return rows.length > 0 ? json([...rows]) : noData();
    }),
  ],
});

const takeout = createTakeoutService({
  service: "travel",
  completion: "answer",
  signingKey: JSON.parse(readFileSync(TAKEOUT_SERVICE_KEY, "utf8")),
  hub: { url: TAKEOUT_HUB_URL, client: "takeout" },
  categories: [favorites],
});

// For the demonstration alone: a real service would not show its rows to whoever asks.
async function showRows(url: URL): Promise<Response> {
  const uid = url.searchParams.get("uid") ?? "";
  const rows = await sql`select * from travel.trips where uid = ${uid} order by id limit 200`;
  return Response.json({ uid, tables: [{ category: "1", name: "trips", rows: [...rows] }] });
}

let isStopping = false;

async function answer(request: Request): Promise<Response> {
  const response = await route(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (isStopping) response.headers.set("connection", "close");
  return response;
}

async function route(request: Request): Promise<Response> {
  const url = new URL(request.url);
  return url.pathname === "/rows" ? await showRows(url) : await takeout.fetch(request);
}

const server = serve({ fetch: answer, port, hostname: process.env.HOST ?? "127.0.0.1" }, () =>
  console.log(`travel: listening on http://127.0.0.1:${port}`),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    isStopping = true;
    server.close();
    await takeout.close();
    await sql.end({ timeout: 5 });
  });
}
