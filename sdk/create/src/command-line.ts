import { parseArgs } from "node:util";
import { type Answers, checkFramework, checkName, readCategory, UsageError } from "./answers.ts";
import { type Framework, frameworkNames, frameworks } from "./frameworks.ts";

/** A command line that was understood. */
export interface CommandLine {
  /** Where the service is to be made; by default a folder with its name. */
  folder?: string;
  answers: Partial<Answers>;
  /** The packed SDK, as it was given. */
  sdk?: string;
  /** Nothing is asked: defaults stand for what is not given. */
  isSilent: boolean;
}

interface Flag {
  /** What stands after it; without one it takes none. */
  value?: string;
  short?: string;
  help: string;
}

const flags = {
  name: { value: "NAME", help: "the service's name in the hub's configuration" },
  framework: { value: "FRAMEWORK", help: `${frameworkNames.join(", ")}` },
  category: {
    value: "NAME[=ID]",
    help: "its first category of data, and the id that the hub knows it by; favorites=1",
  },
  sdk: {
    value: "FILE",
    help: "the packed takeout-sdk to install; by default the one that lies here or beside this package, else the registry's",
  },
  yes: { short: "y", help: "asks nothing, and takes the default for what is not given" },
  help: { short: "h", help: "says this" },
} as const satisfies Record<string, Flag>;

/**
 * Reads the arguments. `undefined`: help is wanted.
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError("give one folder at most");
  const [folder] = positionals;
  const text = (name: keyof typeof flags) => values[name] as string | undefined;
  const [name, framework, category] = [text("name"), text("framework"), text("category")];
  const sdk = text("sdk");
  return {
    ...(folder !== undefined && { folder }),
    answers: {
      ...(name !== undefined && { name: checkName(name) }),
      ...(framework !== undefined && { framework: checkFramework(framework) }),
      ...(category !== undefined && { category: readCategory(category) }),
    },
    ...(sdk !== undefined && { sdk }),
    isSilent: values.yes === true,
  };
}

function parse(args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries<Flag>(flags).map(([name, { value, short }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const), ...(short && { short }) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const column = 24;

/** What `--help` says. */
export function help(): string {
  const rows = Object.entries<Flag>(flags).map(
    ([name, { value = "", help }]) => `  ${`--${name} ${value}`.padEnd(column)}${help}`,
  );
  const choices = Object.entries<Framework>(frameworks).map(
    ([name, { title }]) => `  ${name.padEnd(column)}${title}`,
  );
  return `npm create takeout-service [FOLDER] -- [...]

Makes a service that is connected to a Takeout hub: one category of data in PostgreSQL, its test,
and a run of the conformance kit, in continuous integration too. Asks for what is not given.

${rows.join("\n")}

Frameworks:
${choices.join("\n")}

Ends with 0 when the service is made, 1 when it could not be, 2 when the command is not understood.
`;
}
