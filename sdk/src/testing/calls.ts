import type { Clock } from "../clock.ts";
import type { FetchHandler } from "../node.ts";
import { applyAnswer, type KeptDeletion, type TestDeletion, type TestPart } from "./deletions.ts";
import { applyExportAnswer, type KeptExport, type TestExport } from "./exports.ts";
import type { FakeHub, TestUser } from "./fake-hub.ts";

/** A service, or the URL where one listens. */
export type ServiceTarget = FetchHandler | string;

/** What the hub needs to call a service. */
interface CallerContext {
  completion: "report" | "answer";
  clock: Clock;
  url: string;
  ticket: FakeHub["ticket"];
  deletions: KeptDeletion[];
  exports: Map<string, KeptExport>;
  /** Tells of each report and file. */
  changed: EventTarget;
  /** The categories that the hub was told of. */
  known: readonly string[];
}

const threeDaysMs = 3 * 24 * 60 * 60_000;
const patienceMs = 10_000;

/** The hub's own calls of the service, and what becomes of them. */
export function createCaller(
  context: CallerContext,
): Pick<FakeHub, "connect" | "call" | "status" | "delete" | "export"> {
  const { clock, deletions, exports, completion } = context;
  let target: ServiceTarget | undefined;

  async function call(path: string, body: unknown, headers: Record<string, string> = {}) {
    if (target === undefined) throw new Error("connect the service first");
    const isUrl = typeof target === "string";
    const base = isUrl ? String(target).replace(/\/+$/, "") : "http://service.localhost";
    const request = new Request(`${base}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-ya-service-ticket": await context.ticket(),
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return typeof target === "string" ? globalThis.fetch(request) : target.fetch(request);
  }

  /** Waits until something holds that reports bring about. */
  async function until(holds: () => boolean, withinMs: number, what: string): Promise<void> {
    const late = AbortSignal.timeout(withinMs);
    while (!holds()) {
      if (late.aborted) throw new Error(`${what} has not ended within ${withinMs} ms`);
      await new Promise<void>((resolve) => {
        const done = new AbortController();
        const wake = () => {
          done.abort();
          resolve();
        };
        context.changed.addEventListener("change", wake, { signal: done.signal });
        late.addEventListener("abort", wake, { signal: done.signal });
      });
    }
  }

  async function status(user: TestUser, named: readonly string[]) {
    const categories = named.length > 0 ? named : context.known;
    if (categories.length === 0)
      throw new TypeError("status: name a category, or give the hub some");
    const answer = await call("/v1/takeout/status/", { ...identifiersOf(user), categories });
    if (answer.status !== 200) throw new Error(`status was answered ${answer.status}`);
    const body = (await answer.json()) as {
      data_state?: string;
      categories?: { id: string; data_state: string }[];
    };
    const states = new Map(body.categories?.map((entry) => [entry.id, entry.data_state]));
    return Object.fromEntries(
      categories.map((id) => [id, states.get(id) ?? body.data_state ?? ""]),
    );
  }

  async function startDeletion(
    user: TestUser,
    categories: readonly string[],
    options: { before?: Date; id?: string } = {},
  ): Promise<TestDeletion> {
    const kept: KeptDeletion = {
      id: options.id ?? crypto.randomUUID(),
      uids: user.uids,
      before: options.before ?? new Date(clock.now()),
      attempt: 0,
      status: 0,
      parts: categories.map((category) => ({ category, state: "calling" })),
      reports: [],
    };
    deletions.push(kept);
    await callDelete(kept, user, categories);
    return deletionOf(kept, user);
  }

  async function callDelete(kept: KeptDeletion, user: TestUser, categories: readonly string[]) {
    kept.attempt += 1;
    const called = kept.parts.filter(
      ({ category, state }) => categories.includes(category) && state !== "deleted",
    );
    for (const part of called) replace(part, { category: part.category, state: "calling" });
    const answer = await call("/v1/takeout/delete/", {
      ...identifiersOf(user),
      categories,
      deletion_id: kept.id,
      report_uid: user.uids[0],
      to: kept.before.toISOString(),
      attempt: kept.attempt,
    });
    await applyAnswer(kept, called, answer, completion);
  }

  function deletionOf(kept: KeptDeletion, user: TestUser): TestDeletion {
    const isEnded = () =>
      kept.parts.every(({ state }) => state === "deleted" || state === "delete_failed");
    return {
      id: kept.id,
      before: kept.before,
      get attempt() {
        return kept.attempt;
      },
      get status() {
        return kept.status;
      },
      parts: kept.parts,
      reports: kept.reports,
      part(category) {
        const part = kept.parts.find((one) => one.category === category);
        if (!part) throw new Error(`the deletion has no category ${category}`);
        return part;
      },
      async ended(withinMs = patienceMs) {
        await until(isEnded, withinMs, "the deletion");
        return kept.parts;
      },
      async callAgain(categories) {
        const open = kept.parts.filter(({ state }) => state !== "deleted");
        await callDelete(kept, user, categories ?? open.map(({ category }) => category));
        return deletionOf(kept, user);
      },
    };
  }

  async function startExport(
    user: TestUser,
    categories: readonly string[],
    options: { deadline?: Date; id?: string } = {},
  ): Promise<TestExport> {
    const jobId = options.id ?? crypto.randomUUID();
    const kept: KeptExport = {
      jobId,
      uids: user.uids,
      status: 0,
      state: "calling",
      files: new Map(),
    };
    exports.set(jobId, kept);
    const deadline = options.deadline ?? new Date(clock.now() + threeDaysMs);
    const again = async () => {
      if (kept.state === "export_failed") kept.state = "calling";
      const answer = await call("/v1/takeout/export/", {
        ...identifiersOf(user),
        categories,
        job_id: jobId,
        upload_url: `${context.url}/takeout/exports/${jobId}/files/`,
        report_uid: user.uids[0],
        deadline: deadline.toISOString(),
      });
      await applyExportAnswer(kept, answer);
      return exportOf(kept, again);
    };
    return again();
  }

  function exportOf(kept: KeptExport, callAgain: () => Promise<TestExport>): TestExport {
    const isEnded = () => kept.state !== "calling" && kept.state !== "awaiting_files";
    const view: TestExport = {
      jobId: kept.jobId,
      get status() {
        return kept.status;
      },
      get state() {
        return kept.state;
      },
      get error() {
        return kept.error as { code: string; message: string };
      },
      get retriable() {
        return kept.retriable as boolean;
      },
      files: kept.files,
      text(name) {
        const bytes = kept.files.get(name);
        if (!bytes) throw new Error("the export has no such file");
        return new TextDecoder().decode(bytes);
      },
      async ended(withinMs = patienceMs) {
        await until(isEnded, withinMs, "the export");
        return view;
      },
      callAgain,
    };
    return view;
  }

  return {
    connect(service) {
      target = service;
    },
    call,
    status,
    delete: startDeletion,
    export: startExport,
  };
}

function replace(part: TestPart, by: TestPart): void {
  for (const name of Object.keys(part)) delete part[name as keyof TestPart];
  Object.assign(part, by);
}

function identifiersOf(user: TestUser) {
  return {
    yandex_uids: user.uids.map((uid, at) => ({ uid, is_portal: at === 0 })),
    ...(user.userIds && { user_ids: user.userIds }),
    ...(user.phoneIds && { phone_ids: user.phoneIds }),
    ...(user.personalPhoneIds && { personal_phone_ids: user.personalPhoneIds }),
    ...(user.personalEmailIds && { personal_email_ids: user.personalEmailIds }),
  };
}
