import type { Job as BossJob, JobResult, PgBoss } from "pg-boss";
import { Pool } from "undici";
import type { Query } from "./database.ts";
import { type Job, noteAccepted, queue, record } from "./ledger.ts";

const batch = 50;
const loops = 4;
const retries = 20;
const connections = 16;
const timeoutMs = 10_000;
const retried = new Set([408, 425, 429]);

interface Worker {
  readonly query: Query;
  readonly ticket: (audience: string) => Promise<string>;
  readonly pools: ReadonlyMap<string, Pool>;
}

export async function createQueue(boss: PgBoss): Promise<void> {
  await boss.createQueue(queue, {
    ...{ retryLimit: retries, retryDelay: 1, retryBackoff: true, retryDelayMax: 600 },
    ...{ expireInSeconds: 60, deleteAfterSeconds: 3_600, notify: true },
  });
}

export function openPools(services: readonly { name: string; url: string }[]) {
  return new Map(
    services.map(({ name, url }) => [
      name,
      new Pool(url, { connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
    ]),
  );
}

/** Calls services for jobs, in batches; LISTEN wakes the loops, and full batches keep them going. */
export async function startWork(boss: PgBoss, worker: Worker): Promise<void> {
  const options = {
    ...{ batchSize: batch, localConcurrency: loops, burstWhenBatchFull: true, perJobResults: true },
    ...{ pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2 },
  } as const;
  await boss.work<Job, object, typeof options>(queue, options, (jobs) => work(jobs, worker));
}

async function work(jobs: BossJob<Job>[], worker: Worker): Promise<JobResult[]> {
  const called = await Promise.all(
    jobs.map(async (job) => ({ job, status: await call(job.data, worker) })),
  );
  const accepted = called.filter(({ status }) => status === 200 || status === 202);
  const isOver = ({ job, status }: (typeof called)[number]) =>
    (status >= 300 && status < 500 && !retried.has(status)) || job.retryCount >= retries;
  const failed = called.filter((one) => !accepted.includes(one) && isOver(one));
  if (accepted.length > 0) {
    await noteAccepted(
      worker.query,
      accepted.map(({ job }) => job.data),
    );
  }
  for (const { job, status } of failed) await fail(worker.query, job.data, `http_${status}`);
  const done = new Set([...accepted, ...failed].map(({ job }) => job.id));
  return jobs.map(({ id }) => ({ id, status: done.has(id) ? "completed" : "failed" }));
}

async function fail(query: Query, job: Job, error: string): Promise<void> {
  for (const category of job.categories) {
    await record(query, { ...job, category, state: "delete_failed", error });
  }
}

/** @returns the status, or 0 without an answer. */
async function call(job: Job, { ticket, pools }: Worker): Promise<number> {
  try {
    const response = await pools.get(job.service)?.request({
      ...{ method: "POST", path: "/v1/takeout/delete/", signal: AbortSignal.timeout(timeoutMs) },
      headers: {
        "content-type": "application/json",
        "x-ya-service-ticket": await ticket(job.service),
      },
      body: JSON.stringify({
        yandex_uids: [{ uid: job.uid, is_portal: true }],
        categories: job.categories,
        request_id: job.requestId,
        deletion_id: job.deletionId,
        report_uid: job.uid,
        to: job.to,
        attempt: 1,
      }),
    });
    await response?.body.dump();
    return response?.statusCode ?? 0;
  } catch {
    return 0;
  }
}
