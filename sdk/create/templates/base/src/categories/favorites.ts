// One category of data, as the hub and the user see it. Another one is another file, and a line in takeout.ts.
import { category, erased, exportItem, json, noData, nothingFound } from "takeout-sdk/service";
import { pool } from "../database.ts";

// What is created after the fence ($2) must survive. In batches: no lock is held for long.
const eraseBatch = `delete from favorites where id = any (array(
  select id from favorites where uid = any($1) and created_at <= $2 limit 1000))`;

export const favoritesCategory = category("category-id", {
  async status({ uids }) {
    const found = await pool.query("select from favorites where uid = any($1) limit 1", [uids]);
    return found.rowCount ? "ready_to_delete" : "empty";
  },
  async delete({ uids, before, resumed, progress }) {
    for (let done = resumed?.done ?? 0; ; await progress(done)) {
      const { rowCount } = await pool.query(eraseBatch, [uids, before]);
      if (!rowCount) return done > 0 ? erased() : nothingFound();
      done += rowCount;
    }
  },
  exports: [
    exportItem("favorites", async ({ uids }) => {
      const { rows } = await pool.query("select * from favorites where uid = any($1)", [uids]);
      return rows.length > 0 ? json(rows) : noData();
    }),
  ],
});
