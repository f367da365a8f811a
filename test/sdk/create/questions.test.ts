import { PassThrough } from "node:stream";
import postgres from "postgres";
import { expect, test } from "vitest";
import { readCategory, UsageError } from "../../../sdk/create/src/answers.ts";
import { completeAnswers } from "../../../sdk/create/src/questions.ts";
import { createDatabase } from "../../support/database.ts";

/** Answers each question as it comes; ends the input when none is left. */
function person(...answers: string[]) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let said = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (!text.endsWith(": ")) return;
    const answer = answers.shift();
    if (answer === undefined) input.end();
    else input.write(`${answer}\n`);
  });
  return { terminal: { input, output }, said: () => said };
}

test("what is not given is asked, and an empty answer takes the default", async () => {
  const { terminal, said } = person("", "fastify", "");
  const commandLine = { folder: "some/where/shop", answers: {}, isSilent: false };
  expect(await completeAnswers(commandLine, terminal)).toEqual({
    name: "shop",
    framework: "fastify",
    category: { name: "favorites", id: "1" },
  });
  expect(said()).toContain("Framework (hono, express, fastify, next, nest, http) [hono]: ");
});

test("an answer that cannot be used is asked for again, with the reason", async () => {
  const { terminal, said } = person("My Shop", "shop", "koa", "nest", "select", "things=7");
  expect(await completeAnswers({ answers: {}, isSilent: false }, terminal)).toEqual({
    name: "shop",
    framework: "nest",
    category: { name: "things", id: "7" },
  });
  expect(said()).toContain("My Shop: give lower case letters");
  expect(said()).toContain("koa: give one of hono");
  expect(said()).toContain("select is a word of SQL");
});

test("no category has a name that PostgreSQL reserves, or that a file has already", async () => {
  await using database = await createDatabase();
  const sql = postgres(database.url, { max: 1 });
  const words = await sql`select word from pg_get_keywords() where catcode in ('R', 'T')`;
  await sql.end();
  for (const { word } of [...words, { word: "conformance" }, { word: "pg_class" }]) {
    expect(() => readCategory(word), word).toThrow(UsageError);
  }
});

test("what is given is not asked", async () => {
  const { terminal, said } = person("", "");
  const answers = { name: "shop", category: { name: "things", id: "7" } };
  const all = await completeAnswers({ answers, isSilent: false }, terminal);
  expect(all).toEqual({ ...answers, framework: "hono" });
  expect(said().match(/\]: /g)).toHaveLength(1);
});

test("who goes away in the middle of the questions gets no service", async () => {
  const { terminal } = person("shop");
  const answers = completeAnswers({ answers: {}, isSilent: false }, terminal);
  await expect(answers).rejects.toThrow(UsageError);
});
