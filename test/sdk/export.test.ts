import { openAsBlob } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  category,
  createTakeoutService,
  denied,
  type ExportItem,
  type ExportRequest,
  type ExportResult,
  erased,
  exportItem,
  fatal,
  files,
  json,
  type LogEntry,
  noData,
  type TakeoutService,
  type TakeoutServiceOptions,
} from "takeout-sdk/service";
import { createFakeHub, createMemoryStore, type FakeHub } from "takeout-sdk/testing";
import { describe, expect, test } from "vitest";
import { namesIn } from "../support/naming.ts";
import { until } from "../support/processes.ts";

const user = { uids: ["4001", "4002"], phoneIds: ["p1"] };

interface Running extends AsyncDisposable {
  hub: FakeHub;
  service: TakeoutService;
  logged: LogEntry[];
}

async function start(
  exports: readonly ExportItem[],
  options: Partial<TakeoutServiceOptions> = {},
): Promise<Running> {
  const hub = await createFakeHub({ service: "realty" });
  const logged: LogEntry[] = [];
  const service = createTakeoutService({
    ...hub.serviceOptions,
    categories: [],
    exports,
    retry: { firstMs: 1, maxMs: 1 },
    log: (entry) => logged.push(entry),
    ...options,
  });
  if (options.store) await service.start();
  hub.connect(service);
  return { hub, service, logged, [Symbol.asyncDispose]: () => service.close({ withinMs: 0 }) };
}

const gives = (name: string, result: () => Promise<ExportResult>) => exportItem(name, result);
const big = "x".repeat(1024 * 1024);

describe.each([false, true])("with a store: %s,", (hasStore) => {
  const options = () => (hasStore ? { store: createMemoryStore() } : {});

  test("small data goes with the answer, each item a file of its own name", async () => {
    await using running = await start(
      [
        gives("profile", async () => json({ name: "Ada" })),
        gives("favorites", async () => json([{ offer: "17" }])),
        gives("notes", async () => noData()),
      ],
      options(),
    );
    const job = await running.hub.export(user, ["1"]);
    expect([job.status, job.state, [...job.files.keys()].sort()]).toEqual([
      200,
      "exported",
      ["favorites.json", "profile.json"],
    ]);
    expect(JSON.parse(job.text("profile.json"))).toEqual({ name: "Ada" });
  });

  test("a user without anything has no data", async () => {
    await using running = await start([gives("profile", async () => noData())], options());
    const job = await running.hub.export(user, ["1"]);
    expect([job.status, job.state, job.files.size]).toEqual([200, "no_data", 0]);
  });

  test("every name of an item and every value that JSON has is in the answer as it is", async () => {
    const value = {
      nothing: null,
      left: undefined,
      at: new Date(0),
      own: { toJSON: () => "own" },
      list: [undefined, 1],
      map: Object.assign(new Map(), { toJSON: () => ["of the map"] }),
    };
    await using running = await start(
      ["__proto__", 'quoted "name"', "plain"].map((name) => gives(name, async () => json(value))),
      options(),
    );
    const job = await running.hub.export(user, ["1"]);
    expect(job.status).toBe(200);
    for (const name of ["__proto__.json", 'quoted "name".json', "plain.json"]) {
      expect(JSON.parse(job.text(name))).toEqual({
        nothing: null,
        at: "1970-01-01T00:00:00.000Z",
        own: "own",
        list: [null, 1],
        map: ["of the map"],
      });
    }
  });

  test("data of more than 1 MiB is uploaded and reported behind a 202", async () => {
    let asked = 0;
    const profile = gives("profile", async () => {
      asked += 1;
      return json({ big });
    });
    await using running = await start([profile], options());
    const job = await running.hub.export(user, ["1"]);
    expect(job.status).toBe(202);
    await job.ended();
    expect([job.state, job.text("profile.json").length]).toEqual(["exported", big.length + 10]);
    expect(asked).toBe(hasStore ? 2 : 1);
  });

  test("an answer of exactly 1 MiB goes as it is, one byte more is uploaded", async () => {
    const frame = JSON.stringify({ status: "ok", data: { "text.json": "" } }).length;
    let length = 1024 * 1024 - frame;
    await using running = await start(
      [gives("text", async () => json("x".repeat(length)))],
      options(),
    );
    expect((await running.hub.export(user, ["1"])).status).toBe(200);
    length += 1;
    const job = await running.hub.export(user, ["1"]);
    expect(job.status).toBe(202);
    expect((await job.ended()).state).toBe("exported");
  });

  test("files are uploaded whatever they are made of", async () => {
    const folder = await mkdtemp(join(tmpdir(), "takeout sdk "));
    await writeFile(join(folder, "photo"), new Uint8Array([1, 2, 3]));
    const item = gives("media", async () =>
      files(
        { name: "text.txt", content: "plain" },
        { name: "bytes", content: new Uint8Array([9, 8]) },
        { name: "photo", content: await openAsBlob(join(folder, "photo")) },
        { name: "large", content: big + big },
        {
          name: "rows.jsonl",
          content: async function* () {
            yield '{"ride":1}\n';
            yield new TextEncoder().encode('{"ride":2}\n');
          },
        },
        { name: "стрим 100%", content: () => new Blob(["streamed"]).stream() },
      ),
    );
    await using running = await start([item], options());
    const job = await (await running.hub.export(user, ["1"])).ended();
    await rm(folder, { recursive: true });
    expect(job.state).toBe("exported");
    expect(job.text("text.txt")).toBe("plain");
    expect([...(job.files.get("bytes") ?? [])]).toEqual([9, 8]);
    expect([...(job.files.get("photo") ?? [])]).toEqual([1, 2, 3]);
    expect(job.text("large")).toBe(big + big);
    expect(job.text("rows.jsonl")).toBe('{"ride":1}\n{"ride":2}\n');
    expect(job.text("стрим 100%")).toBe("streamed");
  });

  test("files whose names no report has room for are exported all the same, and some of them named", async () => {
    const names = Array.from({ length: 140 }, (_, at) => `${at}`.padEnd(255, '"'));
    const item = gives("media", async () => files(...names.map((name) => ({ name, content: "" }))));
    await using running = await start([item], options());
    let named = 0;
    running.hub.interfere(async (request) => {
      if (request.method !== "POST") return undefined;
      named = ((await request.clone().json()) as { files: unknown[] }).files.length;
      return undefined;
    });
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.files.size]).toEqual(["exported", names.length]);
    expect(named).toBeGreaterThan(90);
  });

  test.each<[string, () => Promise<ExportResult>, number, object]>([
    ["denied", async () => denied("debt"), 409, { code: "delete_denied", reason: "debt" }],
    ["fatal", async () => fatal("schema_changed", "Broken."), 422, { code: "schema_changed" }],
    ["a thrown error", () => Promise.reject(new Error("row of 4001")), 500, {}],
    ["no result", async () => undefined as unknown as ExportResult, 500, {}],
    [
      "two files of one name",
      async () => files({ name: "a", content: "" }, { name: "a", content: "" }),
      422,
      { code: "file_twice" },
    ],
  ])("%s is said at once, and nothing of the others is given", async (_, result, status, body) => {
    await using running = await start(
      [gives("one", result), gives("two", async () => json(1))],
      options(),
    );
    const job = await running.hub.export(user, ["1"]);
    expect([job.status, job.state, job.files.size]).toEqual([status, "export_failed", 0]);
    const answer = await running.hub.call("/v1/takeout/export/", callBody(running.hub));
    expect(await answer.json()).toMatchObject(body);
    expect(namesIn(JSON.stringify(running.logged), "4001")).toEqual([]);
  });

  test("what comes too late for the answer is uploaded behind it, and asked for no second time in one process", async () => {
    const work = Promise.withResolvers<void>();
    let asked = 0;
    const slow = gives("slow", async () => {
      asked += 1;
      await work.promise;
      return json({ asked });
    });
    await using running = await start([slow], { answerWithinMs: 20, ...options() });
    const job = await running.hub.export(user, ["1"]);
    expect([job.status, job.state]).toEqual([202, "awaiting_files"]);
    work.resolve();
    await job.ended();
    expect(job.text("slow.json")).toBe(JSON.stringify({ asked: hasStore ? 2 : 1 }));
  });

  test.each<[string, () => Promise<ExportResult>, object]>([
    ["a failure", () => Promise.reject(new Error("no")), { code: "export_failed" }],
    ["a fatal failure", async () => fatal("broken", "Broken."), { code: "broken" }],
    ["a denial", async () => denied("debt"), { code: "delete_denied" }],
    [
      "a content that breaks off",
      async () =>
        files({
          name: "a",
          content: async function* () {
            yield "a";
            throw new Error("row of 4001");
          },
        }),
      { code: "export_failed" },
    ],
  ])("%s behind the answer is reported as what it is", async (name, result, error) => {
    const slow = gives("slow", async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return result();
    });
    await using running = await start([slow], { answerWithinMs: 1, ...options() });
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.retriable]).toEqual(["export_failed", /a failure|off/.test(name)]);
    expect(job.error).toMatchObject(error);
    expect(namesIn(JSON.stringify([running.logged, job.error]), "4001")).toEqual([]);
  });

  test.each(
    Object.entries({
      "a promise": { rides: Promise.resolve([]) },
      "a Map": { rides: new Map([["4001", 1]]) },
      "a Set": [new Set(["4001"])],
      "nothing but a Map": new Map([["4001", 1]]),
      "a function": { rides: { of4001: () => [] } },
      "a symbol": { rides: Symbol("4001") },
      "a bigint": { uid: 4001n },
      "a circle": circle(),
      "what has no JSON": { toJSON: () => undefined },
      "what throws": {
        toJSON: () => {
          throw new Error("row of 4001");
        },
      },
    }),
  )("JSON with %s fails at once, and the item is logged", async (_, value) => {
    await using running = await start(
      [gives("other", async () => json(1)), gives("rides", async () => json(value))],
      options(),
    );
    const job = await running.hub.export(user, ["1"]);
    expect([job.status, job.state, job.retriable, job.files.size]).toEqual([
      500,
      "export_failed",
      true,
      0,
    ]);
    expect(running.logged).toMatchObject([
      { event: "export_failed", item: "rides", jobId: job.jobId },
    ]);
    expect(namesIn(JSON.stringify(running.logged), "4001")).toEqual([]);
  });

  test("two files of one name are logged with the item of the second, without the name", async () => {
    const item = (name: string) =>
      gives(name, async () => files({ name: "rides of 4001", content: "" }));
    await using running = await start([item("one"), item("two")], options());
    const job = await running.hub.export(user, ["1"]);
    expect(running.logged).toEqual([
      {
        level: "error",
        event: "export_failed",
        item: "two",
        jobId: job.jobId,
        reason: "file_twice",
      },
    ]);
  });

  test("more files than the hub takes are refused before the first one is sent", async () => {
    const many = (count: number) => async () =>
      files(...Array.from({ length: count }, (_, at) => ({ name: `${at}`, content: "" })));
    const items = [gives("one", async () => json(1)), gives("media", many(10_000))];
    await using running = await start(items, options());
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.retriable, job.files.size]).toEqual(["export_failed", false, 0]);
    expect(job.error).toMatchObject({ code: "too_many_files" });
    expect(running.logged).toEqual([
      {
        level: "error",
        event: "export_failed",
        item: "media",
        jobId: job.jobId,
        reason: "too_many_files",
      },
    ]);
  });

  test("an item that gives no result is logged with what to give instead", async () => {
    const item = gives("rides", async () => "nothing of 4001" as never);
    await using running = await start([item], options());
    await running.hub.export(user, ["1"]);
    const message = "export: give a result, for example json(…), not string";
    expect(running.logged).toMatchObject([{ item: "rides", error: { message } }]);
  });

  test.each<[string, () => unknown]>([
    [
      "an object",
      async function* () {
        yield { uid: "4001" };
      },
    ],
    [
      "a number",
      async function* () {
        yield 5;
      },
    ],
    [
      "nothing",
      async function* () {
        yield undefined;
      },
    ],
    [
      "bytes of another kind",
      async function* () {
        yield new Uint16Array([4001]);
      },
    ],
    [
      "an object, after good ones",
      async function* () {
        yield "good";
        yield {};
      },
    ],
    ["an object, from a stream", () => ReadableStream.from([{ uid: "4001" }])],
    ["no pieces at all", () => undefined],
    ["pieces that are at hand", () => ["4001"]],
  ])(
    "a file in pieces that gives %s fails, and the item is logged without the file",
    async (_, content) => {
      const item = gives("rides", async () =>
        files({ name: "rides of 4001", content: content as () => AsyncIterable<string> }),
      );
      await using running = await start([gives("other", async () => noData()), item], options());
      const job = await (await running.hub.export(user, ["1"])).ended();
      expect([job.state, job.retriable, job.error?.code]).toEqual([
        "export_failed",
        true,
        "export_failed",
      ]);
      expect(running.logged).toMatchObject([
        {
          event: "export_failed",
          item: "rides",
          jobId: job.jobId,
          error: { name: "TypeError", message: expect.stringMatching(/^content: /) },
        },
      ]);
      expect(namesIn(JSON.stringify([running.logged, job.error]), "4001")).toEqual([]);
    },
  );

  test("a repeated call does not break off the handler that is asked behind the first one", async () => {
    const work = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const slow = exportItem("slow", async ({ signal }) => {
      signals.push(signal);
      await work.promise;
      return json(signal.aborted);
    });
    await using running = await start([slow], { answerWithinMs: 20, ...options() });
    const job = await running.hub.export(user, ["1"]);
    await until("the work behind the answer", () => signals.length === (hasStore ? 2 : 1));
    expect((await job.callAgain()).status).toBe(202);
    expect(signals.at(-1)?.aborted).toBe(false);
    work.resolve();
    await job.ended();
    expect([job.state, job.text("slow.json")]).toEqual(["exported", "false"]);
  });

  test("what a file is made of may heed the signal its handler was given", async () => {
    const item = exportItem("rows", async ({ signal }) =>
      files({
        name: "rows",
        content: async function* () {
          signal.throwIfAborted();
          yield "rows";
        },
      }),
    );
    await using running = await start([item], options());
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.text("rows")]).toEqual(["exported", "rows"]);
  });

  test("a repeat while the files are on their way starts nothing, one afterwards is reported again", async () => {
    let reads = 0;
    const gate = Promise.withResolvers<void>();
    const item = gives("rows", async () =>
      files({
        name: "rows",
        content: async function* () {
          reads += 1;
          await gate.promise;
          yield "rows";
        },
      }),
    );
    await using running = await start([item], options());
    const job = await running.hub.export(user, ["1"]);
    await until("the upload", () => reads > 0);
    await job.callAgain();
    gate.resolve();
    await job.ended();
    const before = running.hub.received;
    expect((await job.callAgain()).status).toBe(202);
    await until("the report", () => running.hub.received > before);
    expect([job.state, reads]).toEqual(["exported", 1]);
  });
});

function circle(): object {
  const self: { uid: string; self?: object } = { uid: "4001" };
  self.self = self;
  return self;
}

function callBody(hub: FakeHub, more: object = {}) {
  return {
    yandex_uids: [{ uid: "4001", is_portal: true }],
    categories: ["1"],
    job_id: "j-1",
    upload_url: `${hub.url}/takeout/exports/j-1/files/`,
    report_uid: "4001",
    deadline: new Date(Date.now() + 60_000).toISOString(),
    ...more,
  };
}

test("a handler is given the identifiers, the export and its deadline", async () => {
  const seen: ExportRequest[] = [];
  const item = exportItem("profile", async (request) => {
    seen.push(request);
    return noData();
  });
  await using running = await start([item]);
  const deadline = new Date(Date.now() + 60_000);
  const job = await running.hub.export(user, ["1"], { deadline });
  expect(seen).toMatchObject([{ uids: user.uids, phoneIds: ["p1"], jobId: job.jobId, deadline }]);
});

test("what a category exports is exported where it is asked for, what has no category always", async () => {
  const held = (id: string) =>
    category(id, {
      status: async () => "empty",
      delete: async () => erased(),
      exports: [exportItem(`of-${id}`, async () => json(id))],
    });
  await using running = await start([exportItem("profile", async () => json("me"))], {
    categories: [held("1"), held("2")],
  });
  const job = await running.hub.export(user, ["2", "9"]);
  expect([...job.files.keys()].sort()).toEqual(["of-2.json", "profile.json"]);
});

test.each([
  ["another host", "https://elsewhere.example/takeout/exports/j-1/files/"],
  ["another port", "http://takeout.localhost:81/takeout/exports/j-1/files/"],
  ["another scheme", "https://takeout.localhost/takeout/exports/j-1/files/"],
  ["the hub's name as user", "http://takeout.localhost@elsewhere.example/files/"],
])("an upload_url of %s is refused, and nobody is asked", async (_, uploadUrl) => {
  let asked = 0;
  const item = exportItem("profile", async () => {
    asked += 1;
    return json(1);
  });
  await using running = await start([item]);
  const body = callBody(running.hub, { upload_url: uploadUrl });
  const answer = await running.hub.call("/v1/takeout/export/", body);
  expect([answer.status, asked]).toEqual([400, 0]);
  expect(await answer.json()).toMatchObject({ errors: [{ pointer: "/upload_url" }] });
});

describe("an upload", () => {
  const row = (content: () => AsyncIterable<string>) =>
    gives("rows", async () => files({ name: "rows", content }));

  test.each([408, 429, 500, 503, 507])(
    "is repeated from its beginning after %i",
    async (status) => {
      let reads = 0;
      const item = row(async function* () {
        reads += 1;
        yield "one";
        yield "two";
      });
      await using running = await start([item]);
      let refusals = 2;
      running.hub.interfere(async (request) => {
        if (request.method !== "PUT" || refusals === 0) return undefined;
        refusals -= 1;
        await request.arrayBuffer();
        return new Response("no", { status });
      });
      const job = await (await running.hub.export(user, ["1"])).ended();
      expect([job.text("rows"), reads]).toEqual(["onetwo", 3]);
    },
  );

  test("whose bytes changed on the way is repeated, however it was read", async () => {
    const item = gives("mixed", async () =>
      files(
        { name: "whole", content: "whole" },
        {
          name: "streamed",
          content: async function* () {
            yield "streamed";
          },
        },
      ),
    );
    await using running = await start([item]);
    const spoilt = new Set<string>();
    running.hub.interfere(async (request) => {
      if (request.method !== "PUT" || spoilt.has(request.url)) return undefined;
      spoilt.add(request.url);
      const body = new TextEncoder().encode(`${await request.text()}!`);
      return running.hub.fetch(
        new Request(request.url, { method: "PUT", headers: request.headers, body }),
      );
    });
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.text("whole"), job.text("streamed")]).toEqual([
      "exported",
      "whole",
      "streamed",
    ]);
  });

  test("that the hub refuses for good ends the export", async () => {
    await using running = await start([row(async function* () {})]);
    running.hub.interfere((request) =>
      request.method === "PUT"
        ? Response.json({ code: "part_closed" }, { status: 409 })
        : undefined,
    );
    const job = await (await running.hub.export(user, ["1"])).ended();
    expect([job.state, job.error?.code, job.retriable]).toEqual([
      "export_failed",
      "part_closed",
      false,
    ]);
  });

  test("sends a file of 64 MiB without ever holding it, over HTTP", async () => {
    const chunk = new Uint8Array(64 * 1024).fill(7);
    const item = row(async function* () {
      for (let at = 0; at < 1_024; at += 1) yield chunk as unknown as string;
    });
    const hub = await createFakeHub({ service: "realty", port: 0 });
    const service = createTakeoutService({
      ...hub.serviceOptions,
      categories: [],
      exports: [item],
    });
    hub.connect(service);
    const job = await (await hub.export(user, ["1"])).ended(25_000);
    expect(job.files.get("rows")?.byteLength).toBe(64 * 1024 * 1024);
    await service.close();
    await hub[Symbol.asyncDispose]();
  });
});

describe("without a store a repeated call", () => {
  test("asks no handler again while the files are on their way", async () => {
    let asked = 0;
    const sending = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const item = gives("rows", async () => {
      asked += 1;
      return files({
        name: "rows",
        content: async function* () {
          sending.resolve();
          await gate.promise;
          yield "rows";
        },
      });
    });
    await using running = await start([item]);
    const job = await running.hub.export(user, ["1"]);
    await sending.promise;
    expect((await job.callAgain()).status).toBe(202);
    gate.resolve();
    await job.ended();
    expect(asked).toBe(1);
  });

  test("leaves nothing of the user in the memory once it is reported again", async () => {
    const signals: AbortSignal[] = [];
    const item = exportItem("big", async ({ signal }) => {
      signals.push(signal);
      return json(big);
    });
    await using running = await start([item]);
    const job = await (await running.hub.export(user, ["1"])).ended();
    await job.callAgain();
    await until("nobody to hold it", () => signals.every(({ aborted }) => aborted));
    expect(signals).toHaveLength(2);
  });
});

test("without a store what waits for its turn is let go beyond 64 MiB, and asked for again", async () => {
  const content = new Uint8Array(30 * 1024 * 1024);
  const signals: AbortSignal[] = [];
  const item = exportItem("large", async ({ signal }) => {
    signals.push(signal);
    return files({ name: "large", content });
  });
  await using running = await start([item]);
  const gate = Promise.withResolvers<void>();
  let reports = 0;
  running.hub.interfere(async ({ method }) => {
    if (method === "PUT") await gate.promise;
    else reports += 1;
    return Response.json({});
  });
  for (let call = 0; call < 8; call += 1) await running.hub.export(user, ["1"]);
  // Four are on their way, and two fit.
  expect(signals.map(({ aborted }) => aborted)).toEqual([...Array(6).fill(false), true, true]);
  gate.resolve();
  await until("the end of all", () => reports === 8);
  expect(signals).toHaveLength(10);
});

test("a deletion does not wait for exports whose uploads stand still, however many there are", async () => {
  const favorites = category("1", { status: async () => "empty", delete: async () => erased() });
  const store = createMemoryStore({ concurrency: 1 });
  const item = gives("big", async () => json(big));
  await using running = await start([item], { categories: [favorites], store });
  const gate = Promise.withResolvers<void>();
  let uploads = 0;
  running.hub.interfere(async ({ method }) => {
    if (method !== "PUT") return undefined;
    uploads += 1;
    await gate.promise;
    return undefined;
  });
  const jobs = [await running.hub.export(user, ["1"]), await running.hub.export(user, ["1"])];
  await until("an upload", () => uploads > 0);
  const deletion = await running.hub.delete(user, ["1"]);
  expect(await deletion.ended()).toMatchObject([{ state: "deleted" }]);
  expect(uploads).toBe(1);
  gate.resolve();
  for (const job of jobs) expect((await job.ended()).state).toBe("exported");
});

test("a report that the hub does not take is repeated until it does", async () => {
  await using running = await start([gives("big", async () => json(big))]);
  let refusals = 3;
  running.hub.interfere((request) => {
    if (!request.url.endsWith("set_export_status") || refusals === 0) return undefined;
    refusals -= 1;
    return new Response("no", { status: 503 });
  });
  const job = await (await running.hub.export(user, ["1"])).ended();
  expect([job.state, refusals]).toEqual(["exported", 0]);
});

test.each([false, true])(
  "files that the hub has not, by its word, are uploaded again when it asks again (store: %s)",
  async (hasStore) => {
    await using running = await start(
      [gives("big", async () => json(big))],
      hasStore ? { store: createMemoryStore() } : {},
    );
    running.hub.interfere((request) =>
      request.url.endsWith("set_export_status")
        ? Response.json({ code: "file_missing" }, { status: 409 })
        : undefined,
    );
    const job = await running.hub.export(user, ["1"]);
    await until("the refusal", () => running.logged.some(({ event }) => event === "report_failed"));
    running.hub.interfere(undefined);
    (job.files as Map<string, Uint8Array>).clear();
    await (await job.callAgain()).ended();
    expect([job.state, [...job.files.keys()]]).toEqual(["exported", ["big.json"]]);
  },
);

describe("without a store a service that closes", () => {
  test("repeats the report of an export as long as it may", async () => {
    await using running = await start([gives("big", async () => json(big))], {
      retry: { firstMs: 100, maxMs: 100 },
    });
    let refusals = 2;
    const refused = Promise.withResolvers<void>();
    running.hub.interfere((request) => {
      if (!request.url.endsWith("set_export_status") || refusals === 0) return undefined;
      refusals -= 1;
      refused.resolve();
      return new Response("no", { status: 503, headers: { "retry-after": "0.1" } });
    });
    const job = await running.hub.export(user, ["1"]);
    await refused.promise;
    await running.service.close();
    expect([job.state, refusals]).toEqual(["exported", 0]);
  });

  test("drops a report that is not taken in time", async () => {
    await using running = await start([gives("big", async () => json(big))], {
      retry: { firstMs: 20, maxMs: 20 },
    });
    running.hub.interfere((request) =>
      request.url.endsWith("set_export_status") ? new Response("no", { status: 503 }) : undefined,
    );
    await running.hub.export(user, ["1"]);
    await running.service.close({ withinMs: 100 });
    const { received } = running.hub;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(running.hub.received).toBe(received);
  });

  test.each([
    ["answers a call that is done in time", 5_000, 200],
    ["promises nothing for a call that is not", 20, 503],
  ])("%s, and is closed only then", async (_, answerWithinMs, status) => {
    const asked = Promise.withResolvers<AbortSignal>();
    const work = Promise.withResolvers<void>();
    const slow = exportItem("slow", async ({ signal }) => {
      asked.resolve(signal);
      await work.promise;
      return json(1);
    });
    await using running = await start([slow], { answerWithinMs });
    const called = running.hub.export(user, ["1"]);
    const signal = await asked.promise;
    let isAnswered = false;
    const closed = running.service.close().then(() => isAnswered);
    if (status === 503) await called;
    else work.resolve();
    const job = await called.finally(() => {
      isAnswered = true;
    });
    expect([job.status, await closed, signal.aborted]).toEqual([status, true, true]);
    work.resolve();
  });
});

test("what a stopped process was uploading is uploaded by the next one", async () => {
  const store = createMemoryStore();
  const hub = await createFakeHub({ service: "realty" });
  const make = (content: () => AsyncIterable<string>) =>
    createTakeoutService({
      ...hub.serviceOptions,
      categories: [],
      exports: [gives("rows", async () => files({ name: "rows", content }))],
      store,
      log: () => {},
    });
  let isReading = false;
  const first = make(async function* () {
    isReading = true;
    yield "half";
    await new Promise(() => {});
  });
  await first.start();
  hub.connect(first);
  const job = await hub.export(user, ["1"]);
  await until("the upload", () => isReading);
  await first.close({ withinMs: 0 });
  expect(job.state).toBe("awaiting_files");
  await using second = make(async function* () {
    yield "whole";
  });
  await second.start();
  await job.ended();
  expect(job.text("rows")).toBe("whole");
});

test("after its deadline an export is not tried", async () => {
  const store = createMemoryStore();
  let asked = 0;
  const slow = gives("slow", async () => {
    asked += 1;
    return new Promise<never>(() => {});
  });
  await using running = await start([slow], { store, answerWithinMs: 1 });
  const deadline = new Date(Date.now() + 40);
  const job = await (await running.hub.export(user, ["1"], { deadline })).ended();
  expect([job.state, job.retriable !== undefined]).toEqual(["export_failed", true]);
  expect(asked).toBeGreaterThan(0);
});

test.each<[string, () => unknown]>([
  ["an item without a name", () => exportItem("", async () => noData())],
  ["an item that leaves the archive", () => exportItem("../x", async () => noData())],
  ["an item without a handler", () => exportItem("x", undefined as never)],
  ["JSON of a promise", () => json(Promise.resolve({}))],
  // biome-ignore lint/suspicious/noThenProperty: that is what is refused
  ["JSON of whatever can be awaited", () => json({ then: () => {} } as unknown)],
  ["JSON of a function", () => json(() => 1)],
  ["JSON of a symbol", () => json(Symbol("a"))],
  ["JSON of nothing", () => json(undefined)],
  ["a file that leaves the archive", () => files({ name: "a/b", content: "" })],
  ...Object.entries({
    "a number": 5,
    "an object": { a: 1 },
    "a list": ["a"],
    "bytes of another kind": new Uint16Array(1),
    "a promise": Promise.resolve("a"),
    "a generator that was called already": (async function* () {
      yield "a";
    })(),
    nothing: undefined,
  }).map(([name, content]): [string, () => unknown] => [
    `a file whose content is ${name}`,
    () => files({ name: "a", content: content as never }),
  ]),
])("%s throws TypeError at once", (_, make) => {
  expect(make).toThrow(TypeError);
});

test("two items of one name throw TypeError at once", async () => {
  const twin = () => exportItem("x", async () => noData());
  const held = category("1", {
    status: async () => "empty",
    delete: async () => erased(),
    exports: [twin()],
  });
  await expect(start([twin()], { categories: [held] })).rejects.toThrow(TypeError);
});
