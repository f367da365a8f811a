import type { ProcessorTime } from "./processors.ts";
import type { Statement } from "./statements.ts";
import type { Hot } from "./tree.ts";

export interface ProfilePage {
  readonly title: string;
  readonly perSecond: number;
  readonly unit: string;
  /** How many of the unit there were, to say what one of them cost. */
  readonly done: number;
  readonly rooms: readonly Hot[];
  readonly functions: readonly Hot[];
  readonly statements: readonly Statement[];
  /** Of the load alone, as all the rest; `null`: the system does not tell. */
  readonly processors: ProcessorTime | null;
}

const mostRooms = 20;
const mostFunctions = 40;
const quoted = 220;

/** What the profile says, in tables. */
export function writePage(page: ProfilePage): string {
  const busy = page.rooms.filter(({ what }) => what !== "(idle)");
  const all = page.rooms.reduce((sum, { ms }) => sum + ms, 0);
  const idle = 1 - busy.reduce((sum, { ms }) => sum + ms, 0) / all;
  const share = ({ what, ms }: Hot) =>
    row([`${((ms / all) * 100).toFixed(1)} %`, `${Math.round((ms / page.done) * 1_000)}`, what]);
  const head = [row(["Itself", "µs each", "What"]), row(["---:", "---:", "---"])];
  return [
    ...[`# ${page.title}`, ""],
    `${Math.round(page.perSecond)} ${page.unit}, ${Math.round(page.done)} in all; the event loop was idle ` +
      `${(idle * 100).toFixed(0)} % of the time. What the thread pool does (signatures) is not in the profile.`,
    ...(page.processors ? listProcessors(page.processors, page.done) : []),
    ...["", "## By package and room", "", ...head, ...busy.slice(0, mostRooms).map(share)],
    ...["", "## By function", ""],
    ...[...head, ...page.functions.slice(0, mostFunctions).map(share)],
    ...["", "## Statements", ""],
    row([
      "ms in all",
      "planning",
      "calls",
      "µs a call",
      "plans",
      "rows",
      "WAL a call",
      "Statement",
    ]),
    row(["---:", "---:", "---:", "---:", "---:", "---:", "---:", "---"]),
    ...page.statements.map(describeStatement),
    "",
  ].join("\n");
}

function listProcessors(time: ProcessorTime, done: number): string[] {
  const all = Object.values(time).reduce((sum, seconds) => sum + seconds, 0);
  const names: Readonly<Record<keyof ProcessorTime, string>> = {
    mainThread: "the hub's main thread",
    otherThreads: "its other threads",
    database: "PostgreSQL",
    others: "the load, and whatever else goes on here",
    idle: "idle",
  };
  const lines = (Object.keys(names) as (keyof ProcessorTime)[]).map((who) =>
    row([
      `${((time[who] / all) * 100).toFixed(1)} %`,
      `${Math.round((time[who] / done) * 1e6)}`,
      names[who],
    ]),
  );
  return [
    ...["", "## Who had the processors", ""],
    ...[row(["Of all", "µs each", "Who"]), row(["---:", "---:", "---"]), ...lines],
  ];
}

function describeStatement(statement: Statement): string {
  const { query, calls, executed, planned, plans, rows, walBytes } = statement;
  const text = query.replace(/\s+/g, " ").trim().replaceAll("|", "\\|");
  return row(
    [
      ...[executed + planned, planned, calls, ((executed + planned) / calls) * 1_000],
      ...[plans, rows, walBytes / calls],
    ]
      .map((figure) => `${Math.round(figure)}`)
      .concat(`\`${text.slice(0, quoted)}\``),
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
