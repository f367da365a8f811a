#!/usr/bin/env node
// create-takeout-service: see command-line.ts.
import { relative, resolve } from "node:path";
import { UsageError } from "./answers.ts";
import { help, readCommandLine } from "./command-line.ts";
import { createService } from "./create.ts";
import { sayNewerNode } from "./package-json.ts";
import { completeAnswers } from "./questions.ts";
import { findSdk, ownVersion } from "./sdk.ts";

async function main(): Promise<void> {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (!commandLine) {
    console.log(help());
    return;
  }
  const sdkFile = await findSdk(commandLine.sdk);
  const { stdin: input, stdout: output } = process;
  const answers = await completeAnswers(commandLine, input.isTTY ? { input, output } : undefined);
  const folder = resolve(commandLine.folder ?? answers.name);
  const { files, sdk } = await createService(folder, answers, sdkFile);
  const shown = relative(".", folder) || ".";
  // As a shell takes it.
  const quoted = /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
  console.log(`${files.map((file) => `  ${file}`).join("\n")}

${answers.name} is in ${shown}.
${saySdk(sdk, await ownVersion())}
${sayNewerNode()}
Next:

  cd ${quoted}
  npm install
  createdb ${answers.name}-test    # a database for tests; .env.test says where it is looked for
  npm run conform

README.md says the rest, and what the hub's configuration has to say of it.`);
}

function saySdk(file: string | undefined, version: string): string {
  if (file !== undefined) return `Its takeout-sdk is the file ${file}, seen from there.`;
  return `Its takeout-sdk is the registry's. Where npm does not find it there, say "npm install FILE" instead of
"npm install": takeout-sdk-${version}.tgz, which "npm run pack:sdk" makes in the folder of the hub.`;
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(`create-takeout-service: ${error instanceof Error ? error.message : error}`);
  if (isUsage) console.error("create-takeout-service --help says more");
  process.exitCode = isUsage ? 2 : 1;
}
