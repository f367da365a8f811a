import { type DestinationStream, pino } from "pino";
import type { LogLevel } from "./config/types.ts";
import type { FlowLog } from "./flows/context.ts";
import type { HttpLog } from "./http/context.ts";

export type Log = FlowLog & HttpLog;

/** Only these pass into a log line: our own ids, names of the configuration, codes and counts (rule 10). */
const allowed = [
  ...["deletion_id", "export_id", "service", "category_id", "attempt", "code", "count"],
  ...["operation", "reason", "client", "request", "address", "signal", "threshold"],
] as const;

type Fields = Readonly<Record<string, unknown>>;

/** @param destination - where lines go; stdout by default. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = destination ? pino(options, destination) : pino(options);
  return {
    info: (fields, message) => logger.info(pass(fields as Fields), message),
    warn: (fields, message) => logger.warn(pass(fields as Fields), message),
    error: (fields, message) => logger.error(pass(fields as Fields), message),
  };
}

function pass(fields: Fields): Record<string, unknown> {
  const kept = allowed
    .filter((name) => fields[name] !== undefined)
    .map((name) => [name, fields[name]]);
  return {
    ...Object.fromEntries(kept),
    ...("error" in fields && { error: describeError(fields.error) }),
  };
}

/** A foreign error's message may quote what it failed on, so only its kind, its code and its place pass. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(typeof code === "string" && { code }),
    stack: frames.slice(0, 12).map((line) => line.trim()),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}
