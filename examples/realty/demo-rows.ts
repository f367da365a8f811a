import type { Sql } from "./database.ts";

// For the demonstration alone: a real service would not show its rows to whoever asks.

const tables = {
  "1": "favorites",
  "2": "subscriptions",
  "3": "offers",
  "4": "hidden_offers",
  "5": "notes",
  "6": "comparisons",
  "7": "mortgage_applications",
} as const;

const columns = {
  favorites: { offer_id: 999 },
  subscriptions: { query: "a new search" },
  offers: { title: "A new flat", from_feed: false },
  hidden_offers: { offer_id: 999, why: "a new reason" },
  notes: { offer_id: 999, note: "a new note" },
  comparisons: { offer_ids: [998, 999] },
  mortgage_applications: { bank: "A new bank" },
} as const;

/**
 * Answers `GET /rows?uid=` with the user's rows, `GET /rows?uid=&count` with their numbers, and `POST /rows`
 * `{uid, category}` by making one now.
 */
export async function serveRows(sql: Sql, request: Request): Promise<Response> {
  if (request.method === "GET") {
    const query = new URL(request.url).searchParams;
    const uid = query.get("uid") ?? "";
    const lists = await listRows(sql, uid);
    if (!query.has("count")) return Response.json({ uid, tables: lists });
    return Response.json(Object.fromEntries(lists.map(({ name, rows }) => [name, rows.length])));
  }
  if (request.method !== "POST")
    return new Response(null, { status: 405, headers: { allow: "GET, POST" } });
  const body = await readBody(request);
  if (!body) return Response.json({ error: "give uid and category as text" }, { status: 400 });
  const table = tables[body.category];
  const [row] = await sql`
    insert into ${sql(`realty.${table}`)} ${sql({ uid: body.uid, ...columns[table] })} returning *`;
  return Response.json(row, { status: 201 });
}

async function listRows(sql: Sql, uid: string) {
  const lists = Object.entries(tables).map(async ([category, name]) => {
    const rows = await sql`
      select * from ${sql(`realty.${name}`)} where uid = ${uid} order by id limit 200`;
    return { category, name, rows: [...rows] };
  });
  return await Promise.all(lists);
}

async function readBody(
  request: Request,
): Promise<{ uid: string; category: keyof typeof tables } | null> {
  const body: unknown = await request.json().catch(() => null);
  const { uid, category } = (body ?? {}) as Record<string, unknown>;
  const isUid = typeof uid === "string" && /^[1-9][0-9]{0,31}$/.test(uid);
  if (!isUid || typeof category !== "string" || !Object.hasOwn(tables, category)) return null;
  return { uid, category: category as keyof typeof tables };
}
