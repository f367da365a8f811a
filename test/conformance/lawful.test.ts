import { exportJWK, generateKeyPair } from "jose";
import postgres from "postgres";
import { checkNames } from "takeout-sdk/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Behaviour, soundBehaviour } from "./services/plain/behaviour.ts";
import { checkPlain } from "./support/in-process.ts";

let database: TestDatabase;
let sql: postgres.Sql;
beforeAll(async () => {
  database = await createDatabase();
  sql = postgres(database.url, { max: 4, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** The deletions that have failed once, whichever process was at work. */
const failedOnce = new Set<string>();

const requiredFields = ["yandex_uid", "category_id", "state", "service"];

/** What the contract leaves to a service. */
const ways: readonly (readonly [how: string, changed: Partial<Behaviour>])[] = [
  [
    "reports with the four required fields alone",
    {
      dress: (report) =>
        Object.fromEntries(
          Object.entries(report).filter(([name]) => requiredFields.includes(name)),
        ),
    },
  ],
  [
    "does its work again when a deletion is repeated",
    { again: (known) => ({ ...known, outcome: null }) },
  ],
  [
    "fails at first, and succeeds by itself",
    {
      async carryOut(job, steps) {
        const key = `${job.deletionId} ${job.category}`;
        const error = { code: "table_locked" };
        if (!failedOnce.has(key)) {
          failedOnce.add(key);
          await steps.report({ state: "delete_failed", error });
        }
        await soundBehaviour.carryOut(job, steps);
      },
    },
  ],
  [
    "keeps what the law demands",
    {
      async carryOut(job, { erase, report }) {
        const outcome = job.outcome ?? (await erase());
        const kept = { outcome: "retained", reason: "tax_law" };
        await report({ state: "deleted", ...(outcome === "erased" ? kept : { outcome }) });
      },
    },
  ],
  ["calls its data ready until it is gone", { stateAtWork: "ready_to_delete" }],
  ["gives its export in the answer", { inlineBytes: 1_000_000 }],
  ["has a much larger limit on bodies", { longestBody: 10_000_000 }],
];

test.concurrent.each(ways)("is not held against a service: it %s", async (_how, changed) => {
  const { url: databaseUrl } = database;
  const options = { skip: ["slow-sender"], patienceMs: 60_000 };
  const { results } = await checkPlain({ databaseUrl, sql, changed, options });
  const unpassed = results.filter(({ outcome }) => outcome !== "passed");
  expect(unpassed).toEqual([expect.objectContaining({ name: "slow-sender" })]);
});

test("a hub that signs with an EC key is played as well", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const hubKey = await exportJWK(privateKey);
  const skip = checkNames.filter((name) => !/^(status-answer|ticket-)/.test(name));
  const { url: databaseUrl } = database;
  const { results } = await checkPlain({
    databaseUrl,
    sql,
    changed: {},
    options: { hubKey, skip },
  });
  const made = results.filter(({ outcome }) => outcome !== "skipped");
  expect(made.map(({ outcome }) => outcome)).toEqual(made.map(() => "passed"));
  expect(made.length).toBeGreaterThan(7);
});
