import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { checks } from "./checks.ts";
import type { ConformanceOptions } from "./run.ts";

/** A command line that was understood. */
export interface CommandLine {
  options: ConformanceOptions;
  json?: string;
  junit?: string;
}

/** A command line that was not. Says every fault at once. */
export class UsageError extends Error {
  override name = "UsageError";
}

interface Flag {
  /** What stands after it; without one it takes none. */
  value?: string;
  help: string;
  multiple?: true;
}

const flags = {
  service: { value: "NAME", help: "the service's name in the hub's configuration (required)" },
  categories: { value: "1,2", help: "the categories that it holds (required)" },
  listen: {
    value: "PORT",
    help: "where the hub is played: its keys, reports, uploads; or HOST:PORT (required)",
  },
  "hub-client": { value: "NAME", help: "the hub's name in tickets; takeout by default" },
  "hub-key": {
    value: "FILE",
    help: "the private JWK to sign with; by default a new one, read from the played hub",
  },
  "service-keys": { value: "FILE|URL", help: "the service's public keys, as a JWKS" },
  completion: {
    value: "MODE",
    help: "as the hub has it for the service: report (default), answer",
  },
  seed: {
    value: "CMD",
    help: "makes one row of TAKEOUT_UID in TAKEOUT_CATEGORY, created TAKEOUT_AT",
  },
  restart: { value: "CMD", help: "kills the service as a crash would, and starts it again" },
  skip: { value: "CHECK", help: "leaves a check out; may be given again", multiple: true },
  patience: {
    value: "SECONDS",
    help: "longest wait for what the service does by itself; 60 by default",
  },
  json: { value: "FILE", help: "writes the report as JSON" },
  junit: { value: "FILE", help: "writes the report as JUnit XML" },
  help: { help: "says this" },
} as const satisfies Record<string, Flag>;

type FlagName = keyof typeof flags;
type Values = Partial<Record<FlagName, string | string[] | boolean>>;

/**
 * Reads the arguments. `undefined`: help is wanted.
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[]): CommandLine | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const text = (name: FlagName) => values[name]?.toString();
  const missing = (["service", "categories", "listen"] as const).filter((name) => !values[name]);
  const faults = [
    ...(positionals.length === 1 ? [] : ["give one URL, where the service is"]),
    ...missing.map((name) => `--${name} is required`),
  ];
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  const key = text("hub-key");
  const [json, junit] = [text("json"), text("junit")];
  return {
    options: {
      url: positionals[0] ?? "",
      service: text("service") ?? "",
      categories: list(text("categories")),
      listen: text("listen") ?? "",
      hubClient: text("hub-client"),
      hubKey: key === undefined ? undefined : readKey(key),
      serviceKeys: text("service-keys"),
      completion: text("completion") as ConformanceOptions["completion"],
      seed: text("seed"),
      restart: text("restart"),
      patienceMs: values.patience === undefined ? undefined : Number(values.patience) * 1000,
      skip: ((values.skip ?? []) as string[]).flatMap(list),
    },
    ...(json !== undefined && { json }),
    ...(junit !== undefined && { junit }),
  };
}

function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries<Flag>(flags).map(([name, { value, multiple = false }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const), multiple },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function list(text = ""): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function readKey(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`--hub-key: ${error instanceof Error ? error.message : error}`);
  }
}

const column = 26;

/** What `--help` says. */
export function help(): string {
  const rows = Object.entries<Flag>(flags).map(
    ([name, { value = "", help }]) => `  ${`--${name} ${value}`.padEnd(column)}${help}`,
  );
  const duties = checks.map(({ name, duty }) => `  ${name.padEnd(column)}${duty}`);
  return `takeout-conform URL --service NAME --categories 1,2 --listen PORT [...]

Plays a Takeout hub against a running connected service, and says whether the service keeps the
duties of the contract. The service has to know http://127.0.0.1:PORT as its hub.

${rows.join("\n")}

Ends with 0 when the service conforms, 1 when it does not, 2 when that could not be found out.
Without --seed, --restart or --service-keys the checks that need them are not run: give them, or
name each of those checks in --skip.

Checks:
${duties.join("\n")}
`;
}
