import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ConfigurationError } from "../config/configuration-error.ts";
import { type Command, CommandError, exitCodes, type Option } from "./command.ts";
import { findDatabaseRefusal } from "./database-refusal.ts";
import { describeAll, describeCommand } from "./help.ts";
import { commands } from "./table.ts";

/**
 * Runs what the arguments ask for and says with which code the process should end.
 * What a command has to say of a failure goes to stderr; stdout is for its results alone.
 */
export async function dispatch(args: readonly string[]): Promise<number> {
  const findLost = watchOutput();
  try {
    await runArguments(args);
    const lost = await findLost();
    if (lost) {
      throw new CommandError(`what it prints cannot be written (${lost})`, exitCodes.output);
    }
    return 0;
  } catch (error) {
    return explainFailure(error);
  }
}

/** The console says nothing of a full disk. Who closes a pipe has read what he wanted. */
function watchOutput(): () => Promise<string | null> {
  let lost: string | null = null;
  process.stdout.on("error", ({ code = "unknown" }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") lost ??= code;
  });
  return async () => {
    await setImmediate(); // an error is told after the write
    return lost;
  };
}

async function runArguments(args: readonly string[]): Promise<void> {
  if (args.length === 0) throw new CommandError(describeAll(commands));
  const [first = "", ...rest] = args;
  if (isHelp(first)) return console.log(explain(rest));
  if (first === "--version") return console.log(readVersion());
  const command = findCommand(args);
  const given = args.slice(wordsOf(command).length);
  if (given.some((arg) => arg === "--help" || arg === "-h"))
    return console.log(describeCommand(command));
  await command.run(parseOptions(command, given));
}

function readVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).version;
}

function isHelp(word: string): boolean {
  return ["help", "--help", "-h"].includes(word);
}

function explain(words: readonly string[]): string {
  return words.length === 0 ? describeAll(commands) : describeCommand(findCommand(words));
}

function findCommand(args: readonly string[]): Command {
  const found = commands.find((command) =>
    wordsOf(command).every((word, index) => args[index] === word),
  );
  if (found !== undefined) return found;
  const [first = ""] = args;
  const alike = commands.filter((command) => wordsOf(command)[0] === first).map(({ name }) => name);
  const hint = alike.length > 0 ? `did you mean ${alike.join(" or ")}?` : helpHint;
  throw new CommandError(`unknown command "${args.slice(0, 2).join(" ")}"; ${hint}`);
}

function wordsOf({ name }: Command): string[] {
  return name.split(" ");
}

function parseOptions(command: Command, args: readonly string[]): Parameters<Command["run"]>[0] {
  const toConfig = ({ value }: Option) => ({
    type: value === undefined ? ("boolean" as const) : ("string" as const),
  });
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, option]) => [name, toConfig(option)]),
  );
  try {
    const allowPositionals = command.operand !== undefined;
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals });
    const [operand, another] = parsed.positionals;
    if (another !== undefined) throw new TypeError(`Unexpected argument '${another}'`);
    return { ...parsed.values, ...(operand !== undefined && { operand }) };
  } catch (error) {
    const [what = ""] = (error as Error).message.split(/\. |\n/);
    throw new CommandError(`${what}; npm run takeout -- help ${command.name} shows its options`);
  }
}

const helpHint = "npm run takeout -- help lists them all";

function explainFailure(error: unknown): number {
  if (error instanceof ConfigurationError) {
    console.error(error.message);
    return exitCodes.configuration;
  }
  if (error instanceof CommandError) {
    console.error(error.message);
    return error.exitCode;
  }
  const refusal = findDatabaseRefusal(error);
  if (refusal !== undefined) {
    console.error(refusal);
    return exitCodes.configuration;
  }
  console.error(error instanceof Error ? error.stack : error);
  return exitCodes.software;
}
