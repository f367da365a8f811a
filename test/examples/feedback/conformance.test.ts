import { join } from "node:path";
import postgres from "postgres";
import { runConformance, type SeedRow } from "takeout-sdk/conformance";
import { expect, test } from "vitest";
import { startSubject } from "../../conformance/support/subject.ts";
import { createDatabase } from "../../support/database.ts";

const main = join(import.meta.dirname, "..", "..", "..", "examples", "feedback", "main.ts");

test("the example feedback conforms", async () => {
  await using database = await createDatabase();
  const sql = postgres(database.url, { max: 2, onnotice: () => {} });
  const seed = async ({ uid, at }: SeedRow) => {
    const task = JSON.stringify({ message: "no bridge", uid, email: "a@example.com" });
    await sql`
      insert into feedback.feedback_task (original_task, created_at) values (${task}::text::json, ${at})`;
  };
  await using subject = await startSubject({
    name: "feedback",
    command: [process.execPath, main],
    databaseUrl: database.url,
    seed,
  });
  const report = await runConformance({ ...subject.options, categories: ["9"] });
  const unpassed = report.results.filter(({ outcome }) => !/^(passed|not_app)/.test(outcome));
  expect(unpassed).toEqual([]);
  expect(report.verdict).toBe("conforms");
  await sql.end();
});
