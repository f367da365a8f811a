import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandError, defineCommand, exitCodes } from "./command.ts";

export const auditExport = defineCommand({
  name: "audit export",
  summary: "Write what operators did and what happened in a period, as JSON Lines without users.",
  options: {
    from: {
      value: "TIME",
      help: "the first moment, such as 2026-05-01 or 2026-05-01T12:00Z; required",
    },
    to: { value: "TIME", help: "the first moment that is left out; a minute ago by default" },
  },
  notes: [
    "Needs DATABASE_URL alone. A day without a time is its midnight in UTC. What is not yet a minute",
    "old is never written, so that exports of periods that follow each other miss nothing. `kind` is",
    "act (of an operator), service, part (of a deletion) or notice (stuck); each kind in its order.",
    "What may name a person in words that people chose is masked: addresses, and long numbers.",
    "It is whole only if it ends with 0.",
  ],
  run: async ({ from, to }) => {
    if (from === undefined) throw new CommandError("--from is required");
    const period = {
      from: readTime("from", from),
      to: to === undefined ? null : readTime("to", to),
    };
    if (period.to !== null && period.to <= period.from) {
      throw new CommandError("--to: expected a moment after --from");
    }
    const { loadDatabaseUrl } = await import("../config.ts");
    const databaseUrl = loadDatabaseUrl();
    const { connectStore } = await import("../store/connect.ts");
    const { exportAudit } = await import("../flows/export-audit.ts");
    const store = connectStore(databaseUrl, { max: 1 });
    try {
      await write(exportAudit({ store }, period));
    } finally {
      await store.close();
    }
  },
});

const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

function readTime(option: string, text: string): number {
  const [day = ""] = text.split("T");
  // A day that its month has not would be taken for one of the next.
  const isDay = timePattern.test(text) && isCalendarDay(day);
  const time = isDay ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new CommandError(`--${option}: expected a day or a time with its zone, got "${text}"`);
}

function isCalendarDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** What befalls who writes: the reader went away, or the disk is full or broken. */
const lostCodes: ReadonlySet<unknown> = new Set(["EPIPE", "ENOSPC", "EDQUOT", "EFBIG", "EIO"]);

/** Reads no further than the reader takes it. */
async function write(entries: AsyncIterable<unknown>): Promise<void> {
  try {
    await pipeline(Readable.from(toLines(entries)), process.stdout, { end: false });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "unavailable") {
      throw new CommandError("the database is not there, or not migrated", exitCodes.unavailable);
    }
    if (!lostCodes.has(code)) throw error;
    const why = code === "EPIPE" ? "nobody reads on" : `it cannot be written (${code})`;
    throw new CommandError(`${why}: the export is not whole`, exitCodes.output);
  }
}

async function* toLines(entries: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}
