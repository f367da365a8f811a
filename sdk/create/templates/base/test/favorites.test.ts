import assert from "node:assert/strict";
import { test } from "node:test";
import { createTakeoutService } from "takeout-sdk/service";
import { createFakeHub } from "takeout-sdk/testing";
import { favoritesCategory } from "../src/categories/favorites.ts";
import { pool } from "../src/database.ts";

test("favorites go, but for what came after the fence", async () => {
  const hub = await createFakeHub({ service: "service-name" });
  const categories = [favoritesCategory];
  hub.connect(createTakeoutService({ ...hub.serviceOptions, categories }));
  const uid = `${Date.now()}`;
  for (const at of ["2026-01-01", "2026-03-01"]) {
    await pool.query("insert into favorites (uid, created_at) values ($1, $2)", [uid, at]);
  }
  const fence = { before: new Date("2026-02-01") };
  const [end] = await (await hub.delete({ uids: [uid] }, ["category-id"], fence)).ended();
  assert.equal(end?.outcome, "erased");
  const left = await pool.query("select created_at from favorites where uid = $1", [uid]);
  assert.deepEqual(left.rows, [{ created_at: new Date("2026-03-01") }]);
});
