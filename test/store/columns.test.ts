import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asTable } from "../../src/store/columns.ts";
import { connectStore, type Store } from "../../src/store/connect.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase();
  store = connectStore(database.url, { max: 1 });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const columns = { words: "text", amount: "float8", count: "int" };
// PostgreSQL has no zero byte in a text, and no half of a pair.
const words = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").toWellFormed()),
  fc.constantFrom("", "null", "NULL", '"', "\\", "{}", ",", " ", "a\nb", '{"a",b}', "🦊"),
);
const row = fc.record({
  words: fc.option(words),
  amount: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  count: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
});

test("rows come out of a statement as they went in, whatever stands in them", async () => {
  const read = async (
    rows: readonly { words: string | null; amount: number | null; count: number | null }[],
  ) =>
    await store.sql.begin(
      async (sql) =>
        await sql`select words, amount, count from ${asTable(sql, columns, rows)} order by place`,
    );
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const wanted = rows.map(({ amount, ...rest }) => ({
        ...rest,
        amount: amount === null ? null : amount + 0,
      }));
      expect([...(await read(rows))].map((own) => ({ ...own }))).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});
