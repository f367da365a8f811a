import { setTimeout as pause } from "node:timers/promises";
import type { Ground } from "../ground.ts";
import { ask } from "../operations/spot-check.ts";
import { startHub } from "../systems/hub.ts";
import { type Watched, watchMemory } from "./memory.ts";
import { services } from "./plan.ts";
import type { Run } from "./run.ts";
import { requireAlive, runTask } from "./run-task.ts";
import type { PlannedFile } from "./tasks.ts";

/** A hub as it is run in life, and services in processes of their own that have files for it. */
export interface Stage extends AsyncDisposable {
  readonly url: string;
  /** Of the hub, from before its first export to now. */
  readonly memory: () => Watched;
  /** Asks for an export, as the portal. @returns the job's id. */
  submit(uid: string): Promise<string>;
  /** How far it is. */
  status(uid: string, jobId: string): Promise<JobStatus>;
  /** A link to the archive. */
  link(uid: string, jobId: string): Promise<string>;
  /** @throws Error when the hub or a service has ended by itself: nothing more comes of an export then. */
  requireAlive(): void;
}

export interface JobStatus {
  readonly state: string;
  readonly parts: readonly { readonly state: string }[];
}

/** What a second of it might come to on a machine that does much else. */
const leastBytesPerSecond = 2 * 2 ** 20;

/** @param shares - what each user has; the files name their service. */
export async function startStage(
  ground: Ground,
  { place, log }: Run,
  shares: ReadonlyMap<string, readonly PlannedFile[]>,
): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const signers = ground.people.services.slice(0, services);
  const all: { requireAlive: () => void }[] = [];
  const addresses = await Promise.all(
    signers.map(async (signer) => {
      const { name } = signer.client;
      const own = [...shares].map(([uid, files]) => [uid, files.filter(isOf(name))] as const);
      const given = { name, ticket: signer.serviceTicket(), shares: Object.fromEntries(own) };
      const running = stack.use(await runTask("service", given, log));
      all.push(running);
      return { name, url: running.out.url };
    }),
  );
  const databaseUrl = await ground.database("hub", { users: 1, services });
  stack.defer(() => ground.server.drop(new URL(databaseUrl).pathname.slice(1)));
  const options = { databaseUrl, services: addresses, command: "up", blobs: place } as const;
  const hub = stack.use(await startHub(ground, options));
  all.push({ requireAlive: () => requireAlive(hub.child.process, "the hub", log) });
  const watch = watchMemory(hub.pid);
  stack.defer(() => void watch.end());
  const kept = stack.move();
  return {
    ...{ url: hub.url, memory: watch.end, ...portalOf(ground, hub.url) },
    requireAlive: () => {
      for (const each of all) each.requireAlive();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function isOf(name: string) {
  return (file: PlannedFile) => file.service === name;
}

function portalOf({ people: { portal } }: Ground, url: string) {
  const base = `${url}/1/takeout/export`;
  const tell = async <T>(path: string, method: "GET" | "POST", body?: object, uid?: string) => {
    const answer = await ask({
      ...{ url: `${base}/${path}`, method, serviceTicket: portal.serviceTicket() },
      ...(uid !== undefined && { userTicket: portal.userTicket(uid) }),
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status !== 200) {
      throw new Error(`${path.split("?")[0]}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return (answer.body as { data: T }).data;
  };
  return {
    submit: async (uid: string) => {
      const query = `submit/?uid=${uid}&request_id=of-${uid}`;
      return (await tell<{ job_id: string }>(query, "POST")).job_id;
    },
    status: async (uid: string, jobId: string) =>
      await tell<JobStatus>(`status/?uid=${uid}&job_id=${jobId}`, "GET"),
    link: async (uid: string, jobId: string) =>
      (await tell<{ url: string }>("download/", "POST", { job_id: jobId }, uid)).url,
  };
}

export interface Job {
  readonly uid: string;
  readonly jobId: string;
  /** What all that is under way has. */
  readonly bytes: number;
  /** Between two looks at it. */
  readonly everyMs: number;
}

/** Asks for the status until it is as it should be. @throws Error when the export failed, or nothing comes of it. */
export async function until(
  stage: Stage,
  job: Job,
  isThere: (status: JobStatus) => boolean,
): Promise<void> {
  const giveUpAt = performance.now() + 120_000 + (job.bytes / leastBytesPerSecond) * 1_000;
  for (;;) {
    stage.requireAlive();
    const status = await stage.status(job.uid, job.jobId);
    if (isThere(status)) return;
    const isLost = ["failed", "partial", "no_data"].includes(status.state);
    if (isLost || performance.now() > giveUpAt) throw new Error(`an export is ${status.state}`);
    await pause(job.everyMs);
  }
}
