import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { runConformance, type SeedRow } from "takeout-sdk/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startSubject } from "./support/subject.ts";

const examples = join(import.meta.dirname, "..", "..", "examples");

let folder: string;
let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout conform examples "));
  database = await createDatabase();
  sql = postgres(database.url, { max: 3, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

interface Example {
  categories: readonly string[];
  completion?: "answer";
  /** The table of a category, and what a row of it needs beside its user and its time. */
  tables: Readonly<Record<string, readonly [table: string, columns: object | (() => object)]>>;
  /** The column with the time of a row. Default: `created_at`. */
  time?: string;
}

const all: Readonly<Record<string, Example>> = {
  realty: {
    categories: ["1", "2", "3", "4", "5", "6", "7"],
    tables: {
      "1": ["realty.favorites", { offer_id: 7 }],
      "2": ["realty.subscriptions", { query: "by the sea" }],
      "3": ["realty.offers", { title: "Flat", from_feed: false }],
      "4": ["realty.hidden_offers", { offer_id: 7, why: "noise" }],
      "5": ["realty.notes", { offer_id: 7, note: "call back" }],
      "6": ["realty.comparisons", { offer_ids: [7, 8] }],
      "7": ["realty.mortgage_applications", { bank: "Bank" }],
    },
  },
  travel: {
    categories: ["1"],
    completion: "answer",
    tables: { "1": ["travel.trips", { destination: "Lisbon" }] },
  },
  payments: {
    categories: ["2", "8"],
    tables: {
      "2": ["payments.cards", { label: "Card ending in 0001" }],
      "8": ["payments.receipts", { cents: 900, route: "Home to the station" }],
    },
  },
  identity: {
    categories: ["8"],
    tables: { "8": ["identity.links", () => ({ kind: "phone", value: randomUUID() })] },
    time: "used_at",
  },
  rides: {
    categories: ["8"],
    tables: { "8": ["rides.rides", { route: "Home to the station", cents: 900 }] },
  },
};

test.concurrent.each(Object.entries(all))(
  "the example %s conforms",
  async (name, { categories, completion, tables, time = "created_at" }) => {
    const seed = async ({ uid, category, at }: SeedRow) => {
      const [table = "", make = {}] = tables[category] ?? [];
      const columns = typeof make === "function" ? make() : make;
      await sql`insert into ${sql(table)} ${sql({ uid, [time]: at, ...columns })}`;
    };
    const command = [process.execPath, join(examples, name, "main.ts")];
    const keyFile = join(folder, `${name}.jwk.json`);
    await using subject = await startSubject({
      name,
      command,
      databaseUrl: database.url,
      seed,
      keyFile,
    });
    const report = await runConformance({ ...subject.options, categories, completion });
    const unpassed = report.results.filter(({ outcome }) => !/^(passed|not_app)/.test(outcome));
    expect(unpassed).toEqual([]);
    expect(report.verdict).toBe("conforms");
  },
  180_000,
);
