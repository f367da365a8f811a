import type { Sql } from "./database.ts";

/** For the demonstration alone: a real service would not show its rows to whoever asks. */
export async function showRows(sql: Sql, uid: string): Promise<Response> {
  const rows = await sql`select * from identity.links where uid = ${uid} order by id limit 200`;
  return Response.json({ uid, tables: [{ category: "8", name: "links", rows: [...rows] }] });
}
