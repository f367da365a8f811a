// A connected service without the SDK: long deletions as jobs in its own database. Sound by itself;
// the wrong services differ in one behaviour each.
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import { type Behaviour, type Steps, soundBehaviour } from "./behaviour.ts";
import { createHubClient } from "./hub-client.ts";
import { type Job, jobsInDatabase, jobsInMemory, keyOf } from "./jobs.ts";
import { eraseThings, hasThings, heldCategories, makeTables } from "./rows.ts";
import type { Settings } from "./settings.ts";

interface Answer {
  status: number;
  body?: object;
}

interface CallBody {
  yandex_uids: { uid: string }[];
  categories: string[];
  deletion_id: string;
  report_uid: string;
  to: string;
  attempt: number;
  job_id: string;
  upload_url: string;
}

/** Resolves when it listens. */
export async function startPlain(
  given: Settings,
  changed: Partial<Behaviour> = {},
): Promise<AsyncDisposable> {
  // Of its own, so that one that is started again has to read the hub's keys again.
  const settings = { ...given };
  const behaviour: Behaviour = { ...soundBehaviour, ...changed };
  const { schema } = settings;
  const sql = postgres(settings.databaseUrl, { max: 4, onnotice: () => {} });
  await makeTables(sql, schema);
  const hub = createHubClient(settings, behaviour);
  const jobs = behaviour.keepsJobsIn === "database" ? jobsInDatabase(sql, schema) : jobsInMemory();
  const running = new Set<string>();
  const knownDeletions = new Set<string>();
  const exported = new Map<string, Promise<Answer>>();
  let isStopped = false;

  /** Starts whatever is open and not running. */
  async function carryOn(): Promise<void> {
    if (isStopped) return;
    for (const job of await jobs.listOpen()) {
      const key = keyOf(job);
      if (running.has(key)) continue;
      running.add(key);
      void carryOut(job)
        .finally(() => running.delete(key))
        .then(carryOn)
        .catch(() => {});
    }
  }

  /** Looked at again once nobody else is at it: it may have been reported since it was listed. */
  async function carryOut(listed: Job): Promise<void> {
    const job = (await jobs.listOpen()).find((open) => keyOf(open) === keyOf(listed));
    if (!job) return;
    await behaviour.carryOut(job, stepsOf(job));
    await jobs.setReported(job);
  }

  function stepsOf(job: Job): Steps {
    return {
      async erase() {
        if (!heldCategories.includes(job.category)) return "nothing_found";
        await pause(behaviour.workMs);
        const fence = behaviour.fenceOf(job);
        const categories = behaviour.erasedWith(job.category);
        const count = await eraseThings(sql, schema, { uids: job.uids, categories, fence });
        const outcome = count > 0 ? "erased" : "nothing_found";
        await jobs.setOutcome(job, outcome);
        return outcome;
      },
      report: (body) =>
        hub.report(
          "/takeout/set_data_status",
          behaviour.dress({
            yandex_uid: job.reportUid,
            category_id: job.category,
            service: settings.service,
            deletion_id: job.deletionId,
            attempt: job.attempt,
            ...body,
          }),
        ),
    };
  }

  const uidsOf = (body: CallBody) =>
    behaviour.uidsOf(body.yandex_uids.map(({ uid }) => String(uid)));

  async function status(body: CallBody): Promise<Answer> {
    const uids = uidsOf(body);
    const stateOf = async (id: string) => {
      if (!heldCategories.includes(id)) return behaviour.stateOfUnknown;
      if (await jobs.isAtWork(uids, id)) return behaviour.stateAtWork;
      return (await hasThings(sql, schema, uids, id)) ? "ready_to_delete" : "empty";
    };
    const states = body.categories.map(async (id) => ({ id, data_state: await stateOf(id) }));
    return { status: 200, body: { categories: await Promise.all(states) } };
  }

  async function remove(body: CallBody): Promise<Answer> {
    const isKnown = knownDeletions.has(body.deletion_id);
    knownDeletions.add(body.deletion_id);
    if (isKnown && behaviour.answerToRepeat) return { status: behaviour.answerToRepeat };
    for (const category of body.categories) {
      const job: Job = {
        deletionId: body.deletion_id,
        category,
        uids: uidsOf(body),
        reportUid: body.report_uid,
        fence: new Date(body.to),
        attempt: body.attempt,
        calls: 1,
        outcome: null,
      };
      await jobs.take(job, behaviour.again);
    }
    void carryOn();
    return { status: 202 };
  }

  /** Small in the answer, or promised and uploaded; the same for every call of a job. */
  function exportData(body: CallBody): Promise<Answer> {
    const key = behaviour.exportKey(body.job_id);
    const result = exported.get(key) ?? startExport(body);
    exported.set(key, result);
    return result;
  }

  async function startExport(body: CallBody): Promise<Answer> {
    const uids = uidsOf(body);
    const held = await Promise.all(heldCategories.map((id) => hasThings(sql, schema, uids, id)));
    if (!held.includes(true)) return { status: 200, body: { status: "no_data" } };
    const name = behaviour.exportName();
    if (behaviour.inlineBytes !== undefined) {
      const data = { [name]: "x".repeat(behaviour.inlineBytes) };
      return { status: 200, body: { status: "ok", data } };
    }
    void uploadAll(body, name).catch(() => {});
    return { status: 202 };
  }

  async function uploadAll(body: CallBody, name: string): Promise<void> {
    const error = behaviour.exportError(body.report_uid);
    const end = error
      ? { state: "export_failed", error, retriable: false }
      : {
          state: "exported",
          files: [await hub.upload(body.upload_url, name, JSON.stringify(heldCategories))],
        };
    await hub.report("/takeout/set_export_status", {
      yandex_uid: body.report_uid,
      job_id: body.job_id,
      service: settings.service,
      ...end,
    });
  }

  const handlers: Readonly<Record<string, (body: CallBody) => Promise<Answer>>> = {
    "/v1/takeout/status/": status,
    "/v1/takeout/delete/": remove,
    "/v1/takeout/export/": exportData,
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const handle = handlers[request.url ?? ""];
    if (!handle) return { status: 404 };
    const ticket = request.headers["x-ya-service-ticket"]?.toString();
    const refused = await behaviour.judgeTicket(ticket, settings);
    if (refused) return { status: refused };
    const { longestBody, longestBodyAt } = behaviour;
    const text = await readText(request, longestBodyAt[request.url ?? ""] ?? longestBody);
    if (text === undefined) return { status: 413 };
    const body = parse(text);
    const fault = behaviour.faultOf(body, handle === remove);
    if (!fault) return await handle(body as CallBody);
    return {
      status: 400,
      body: { code: "bad_request", detail: behaviour.detailOf(text, request.url ?? "") },
    };
  }

  const server = createServer(
    { requestTimeout: behaviour.slowestBodyMs, connectionsCheckingInterval: 500 },
    (request, response) => {
      void answer(request)
        .catch(() => ({ status: 500 }) as Answer)
        .then(({ status, body = {} }) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify(body));
        });
    },
  );
  await new Promise<void>((listening) =>
    server.listen(settings.port, "127.0.0.1", () => listening()),
  );
  await carryOn();
  return {
    async [Symbol.asyncDispose]() {
      isStopped = true;
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await sql.end({ timeout: 1 });
    },
  };
}

async function readText(request: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
