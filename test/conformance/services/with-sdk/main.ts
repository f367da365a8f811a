// A sound service on the SDK: two categories in one table.
import { serve } from "@hono/node-server";
import postgres from "postgres";
import { category, createTakeoutService, erased, nothingFound } from "takeout-sdk/service";
import { eraseThings, hasThings, heldCategories, makeTables } from "../plain/rows.ts";
import { readSettings } from "../plain/settings.ts";

const { databaseUrl, schema, hubUrl, service, signingKey, port } = readSettings();
const sql = postgres(databaseUrl, { max: 4, onnotice: () => {} });
await makeTables(sql, schema);

const things = (id: string) =>
  category(id, {
    status: async ({ uids }) =>
      (await hasThings(sql, schema, uids, id)) ? "ready_to_delete" : "empty",
    async delete({ uids, before }) {
      const count = await eraseThings(sql, schema, { uids, categories: [id], fence: before });
      return count > 0 ? erased() : nothingFound();
    },
  });

const takeout = createTakeoutService({
  service,
  signingKey,
  hub: { url: hubUrl, client: "takeout" },
  categories: heldCategories.map(things),
  retry: { firstMs: 200 },
});
serve({ fetch: takeout.fetch, port, hostname: "127.0.0.1" }, () =>
  console.log(`${service}: listening on http://127.0.0.1:${port}`),
);
