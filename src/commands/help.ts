import type { Command, Option } from "./command.ts";

const program = "npm run takeout --";

/** The list of commands. */
export function describeAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    `Usage: ${program} COMMAND [OPTIONS]`,
    "",
    ...align(rows),
    "",
    `${program} help COMMAND shows the options of a command, ${program} --version the hub's version.`,
    "While npm start runs, `. ./data/hub.env` sets in a shell what these commands need to reach its hub.",
  ].join("\n");
}

/** What one command does and takes. */
export function describeCommand({ name, summary, options, operand, notes = [] }: Command): string {
  const rows = Object.entries(options).map(
    ([option, shape]) => [label(option, shape), shape.help] as const,
  );
  return [
    `Usage: ${program} ${name}${operand ? ` ${operand}` : ""}${rows.length > 0 ? " [OPTIONS]" : ""}`,
    "",
    summary,
    ...(rows.length > 0 ? ["", ...align(rows)] : []),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}

function label(option: string, { value }: Option): string {
  return value === undefined ? `--${option}` : `--${option} ${value}`;
}

function align(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
