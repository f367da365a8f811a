import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** What came of a load. */
export interface Loaded {
  readonly seconds: number;
  readonly answers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers above 399, and connections that failed. */
  readonly wrong: number;
  /** How many requests were taken from the file; more than it holds: some were sent again. */
  readonly used: number;
  readonly bytesEach: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly file: string;
  readonly seconds: number;
}

/** In a closed loop: each connection asks again when it is answered. */
export const connections = 32;
const script = join(import.meta.dirname, "wrk.lua");
const run = promisify(execFile);
const graceMs = 30_000;

export async function loadByWrk({ url, file, seconds }: LoadOptions): Promise<Loaded> {
  const args = [
    "-t1",
    `-c${connections}`,
    `-d${Math.max(1, Math.round(seconds))}s`,
    "--timeout=10s",
  ];
  const { stdout } = await run("wrk", [...args, "-s", script, url, "--", file], {
    timeout: seconds * 1_000 + graceMs,
  });
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
  if (!line) throw new Error(`wrk said nothing that can be read:\n${stdout}`);
  const said = JSON.parse(line) as Record<string, number>;
  const { micros = 0, requests = 0, bytes = 0, p50 = 0, p99 = 0, status = 0, socket = 0 } = said;
  return {
    ...{ seconds: micros / 1e6, answers: requests, perSecond: (requests / micros) * 1e6 },
    ...{ p50Ms: p50 / 1e3, p99Ms: p99 / 1e3, wrong: status + socket, used: said.used ?? 0 },
    bytesEach: bytes / requests,
  };
}
