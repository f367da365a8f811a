import postgres from "postgres";
import { category, createTakeoutService, erased, exportItem, json } from "takeout-sdk/service";

const sql = postgres(process.env.DATABASE_URL ?? "", { onnotice: () => {} });
await sql`create table if not exists favorites (
  uid text, offer text, created_at timestamptz default clock_timestamp())`;

const favorites = category("4", {
  async status({ uids }) {
    const [row] = await sql`select from favorites where uid = any(${uids}) limit 1`;
    return row ? "ready_to_delete" : "empty";
  },
  async delete({ uids, before }) {
    await sql`delete from favorites where uid = any(${uids}) and created_at <= ${before}`;
    return erased();
  },
  exports: [
    exportItem("favorites", async ({ uids }) =>
      json(await sql`select offer, created_at from favorites where uid = any(${uids})`),
    ),
  ],
});

export const takeout = createTakeoutService({
  service: "realty",
  signingKey: process.env.TAKEOUT_SERVICE_KEY,
  hub: { url: process.env.TAKEOUT_HUB_URL, client: "takeout" },
  categories: [favorites],
});
