import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Watch } from "../operation.ts";
import { type RawRequest, writeRequests } from "./requests.ts";
import { loadBySockets } from "./sockets.ts";
import { type Loaded, loadByWrk } from "./wrk.ts";

export interface Load {
  readonly url: string;
  readonly folder: string;
  readonly requests: readonly RawRequest[];
  readonly seconds: number;
  readonly watch: Watch;
}

let hasWrk: Promise<boolean> | null = null;

/** Whether wrk is there, which takes fewer cycles from what it measures than anything of ours. */
export function findWrk(): Promise<boolean> {
  hasWrk ??= new Promise((resolve) => {
    execFile("wrk", ["-v"], (error) => resolve(error?.code !== "ENOENT"));
  });
  return hasWrk;
}

/** Sends as many of the requests as are answered in that time, 32 at once. */
export async function load({ url, folder, requests, seconds, watch }: Load): Promise<Loaded> {
  if (!(await findWrk())) return await watch(() => loadBySockets({ url, requests, seconds }));
  const file = join(folder, `requests-${randomUUID()}`);
  try {
    await writeRequests(file, requests);
    return await watch(() => loadByWrk({ url, file, seconds }));
  } finally {
    await rm(file, { force: true });
  }
}
