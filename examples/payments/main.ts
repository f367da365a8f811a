// A payment service as a connected service that a visitor may spoil: slow, failing, or refusing a user who
// owes money. The others come after it, so that nothing is deleted where it refuses.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import postgres from "postgres";
import { category, createTakeoutService, denied, erased, nothingFound } from "takeout-sdk/service";
import { currentMood, serveMood, suffer } from "./mood.ts";

const { DATABASE_URL = "", TAKEOUT_SERVICE_KEY = "", TAKEOUT_HUB_URL = "" } = process.env;
const port = Number(process.env.PORT ?? 4103);
const sql = postgres(DATABASE_URL, { max: 4, onnotice: () => {} });

await sql.begin(async (tx) => {
  await tx`select pg_advisory_xact_lock(4103)`;
  const [found] = await tx`select to_regclass('payments.cards') is not null as there`;
  if (found?.there) return;
  await tx`create schema payments`;
  await tx`create table payments.cards (id bigint generated always as identity primary key,
    uid text not null, label text not null, created_at timestamptz not null default clock_timestamp())`;
  await tx`create index on payments.cards (uid)`;
  await tx`insert into payments.cards (uid, label, created_at)
    select uid::text, 'Card ending in 00' || n,
           clock_timestamp() - interval '1 day' - random() * interval '700 days'
      from generate_series(4001, 4200) as uid, generate_series(1, 2) as n`;
});

const subscriptions = category("2", {
  async status({ uids }) {
    if (currentMood() === "debt") return denied("debt");
    const [found] = await sql<{ some: boolean }[]>`
      select exists (select from payments.cards where uid = any(${[...uids]})) as some`;
    return found?.some ? "ready_to_delete" : "empty";
  },
  async delete({ uids, before, signal }) {
    if (currentMood() === "debt") return denied("debt");
    await suffer(signal);
    const gone = await sql`
      delete from payments.cards where uid = any(${[...uids]}) and created_at <= ${before}`;
    return gone.count > 0 ? erased() : nothingFound();
  },
});

const takeout = createTakeoutService({
  service: "payments",
  signingKey: JSON.parse(readFileSync(TAKEOUT_SERVICE_KEY, "utf8")),
  hub: { url: TAKEOUT_HUB_URL, client: "takeout" },
  categories: [subscriptions],
});

// For the demonstration alone: a real service would not show its rows to whoever asks.
async function showRows(url: URL): Promise<Response> {
  const uid = url.searchParams.get("uid") ?? "";
  const rows = await sql`select * from payments.cards where uid = ${uid} order by id limit 200`;
  return Response.json({ uid, tables: [{ category: "2", name: "cards", rows: [...rows] }] });
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
  if (url.pathname === "/rows") return await showRows(url);
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
