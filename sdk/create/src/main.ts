#!/usr/bin/env node
// create-takeout-service: see command-line.ts.
import { relative, resolve } from "node:path";
import { UsageError } from "./answers.ts";
import { help, readCommandLine } from "./command-line.ts";
import { createService } from "./create.ts";
import { sayNewerNode } from "./package-json.ts";
import { completeAnswers } from "./questions.ts";

async function main(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (!commandLine) {
    console.log(help());
    return;
  }
  const { stdin: input, stdout: output } = process;
  const answers = await completeAnswers(commandLine, input.isTTY ? { input, output } : undefined);
  const folder = resolve(commandLine.folder ?? answers.name);
  const files = await createService(folder, answers);
  const shown = relative(".", folder) || ".";
  // As a shell takes it.
  const quoted = /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
  console.log(`${files.map((file) => `  ${file}`).join("\n")}

${answers.name} is in ${shown}.
${sayNewerNode()}
Next:

  cd ${quoted}
  npm install
  npm run conform    # with a PostgreSQL at hand, as .env.test has it

README.md says the rest, and what the hub's configuration has to say of it.`);
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(`create-takeout-service: ${error instanceof Error ? error.message : error}`);
  if (isUsage) console.error("create-takeout-service --help says more");
  process.exitCode = isUsage ? 2 : 1;
}
