import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTimeout, withDeadline } from "../deadline.ts";
import { CouldNotRun } from "./breach.ts";

/** A row that a seed hook makes. */
export interface SeedRow {
  uid: string;
  category: string;
  /** The row's creation time, to be kept to the millisecond. */
  at: Date;
}

/** What the developer gives so that data and crashes can be had. */
export interface Hooks {
  seed?: (row: SeedRow) => Promise<void>;
  restart?: () => Promise<void>;
}

/** A hook as the developer writes it: a shell command, or a function. */
export interface HookOptions {
  /**
   * Creates one row of user data. A command gets `TAKEOUT_UID`, `TAKEOUT_CATEGORY` and `TAKEOUT_AT`
   * (RFC 3339 UTC with milliseconds) in its environment.
   */
  seed?: string | ((row: SeedRow) => unknown) | undefined;
  /** Ends the service's process at once, as a crash would, and starts it again. */
  restart?: string | (() => unknown) | undefined;
}

const longestSeedMs = 30_000;
const longestRestartMs = 120_000;

/** Hooks that run one at a time, each within a bound. @see HookOptions */
export function createHooks({ seed, restart }: HookOptions): Hooks {
  const oneAtATime = createQueue();
  return {
    ...(seed !== undefined && {
      seed: (row) => oneAtATime(() => runSeed(seed, row)),
    }),
    ...(restart !== undefined && {
      restart: () =>
        oneAtATime(() =>
          typeof restart === "string"
            ? runCommand("restart", restart, {}, longestRestartMs)
            : called("restart", restart, longestRestartMs),
        ),
    }),
  };
}

function runSeed(seed: NonNullable<HookOptions["seed"]>, row: SeedRow): Promise<void> {
  if (typeof seed !== "string") return called("seed", () => seed(row), longestSeedMs);
  const env = {
    TAKEOUT_UID: row.uid,
    TAKEOUT_CATEGORY: row.category,
    TAKEOUT_AT: row.at.toISOString(),
  };
  return runCommand("seed", seed, env, longestSeedMs);
}

async function called(name: string, hook: () => unknown, longestMs: number): Promise<void> {
  try {
    await withDeadline(undefined, longestMs, async () => void (await hook()));
  } catch (error) {
    const how = isTimeout(error) ? `has not ended within ${longestMs / 1000} s` : `threw: ${error}`;
    throw new CouldNotRun(`the ${name} hook ${how}`);
  }
}

/** Checks run beside each other; what a developer scripts need not bear that. */
function createQueue(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  };
}

/**
 * Runs a shell command to its end. Its output goes to a file and not to a pipe: a service that it
 * leaves running keeps what it inherited, and would die of a pipe that nobody reads.
 */
async function runCommand(
  name: string,
  command: string,
  env: Readonly<Record<string, string>>,
  longestMs: number,
): Promise<void> {
  const file = join(tmpdir(), `takeout-conform-${randomUUID()}.log`);
  const output = openSync(file, "w");
  try {
    const end = await endOf(command, { ...process.env, ...env }, output, longestMs);
    if (end === "exit code 0") return;
    throw new CouldNotRun(`the command of --${name} ended with ${end}${tailOf(file)}`);
  } finally {
    closeSync(output);
    rmSync(file, { force: true });
  }
}

function endOf(command: string, env: NodeJS.ProcessEnv, output: number, longestMs: number) {
  return new Promise<string>((resolve) => {
    const ownGroup = process.platform !== "win32";
    const child = spawn(command, {
      shell: true,
      detached: ownGroup,
      env,
      stdio: ["ignore", output, output],
    });
    const timer = setTimeout(() => {
      if (ownGroup && child.pid) process.kill(-child.pid, "SIGKILL");
      else child.kill("SIGKILL");
      resolve(`no end within ${longestMs / 1000} s`);
    }, longestMs);
    child.once("error", (error) => resolve(error.message));
    // Not "close": a service left running in the background keeps the output open.
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      resolve(signal ? `signal ${signal}` : `exit code ${code}`);
    });
  });
}

function tailOf(file: string): string {
  const text = readFileSync(file, "utf8").trim();
  return text && `:\n${text.slice(-1_500)}`;
}
