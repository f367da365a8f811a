import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient as generate } from "@hey-api/openapi-ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { type ListeningServer, listen } from "../../src/http/server.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { pack, root, runAsStranger, unpack } from "./support/packed.ts";

// What is packed and generated is compiled too, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder: string;
let contract: string;
let service: FakeService;
let hub: TestHub;
let server: ListeningServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout generated "));
  await unpack(await pack("sdk", folder), join(folder, "takeout-sdk"));
  contract = join(folder, "takeout-sdk", "dist", "openapi");
  service = await startFakeService("realty");
  hub = await createTestHub({ services: [[service]] });
  server = await listen(createApp(hub.context.http), { host: "127.0.0.1", port: 0 });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
});
afterAll(async () => {
  await server?.close();
  await hub?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What a stranger writes around the generated client: as a portal and as a service. */
const programs = {
  portal: `
    import { deleteData, getStatus } from "./hub/index.js";
    import { client } from "./hub/client.gen.js";

    const { HUB_URL = "", SERVICE_TICKET = "", USER_TICKET = "" } = process.env;
    client.setConfig({
      baseUrl: HUB_URL,
      headers: { "X-Ya-Service-Ticket": SERVICE_TICKET, "X-Ya-User-Ticket": USER_TICKET },
    });
    const before = await getStatus({ throwOnError: true });
    const accepted = await deleteData({ query: { request_id: "generated-1" }, body: { id: ["1"] } });
    const refused = await deleteData({ query: { request_id: "generated-1" }, body: { id: ["2"] } });
    const states: string[] = before.data.data.map(({ id, state }) => id + " " + state);
    const code: string | undefined = refused.error?.errors[0]?.code;
    console.log(JSON.stringify({ states, accepted: accepted.data?.status, code }));
  `,
  service: `
    import { setDataStatus } from "./hub/index.js";
    import { createClient, createConfig } from "./hub/client/index.js";

    const { HUB_URL = "", SERVICE_TICKET = "", DELETION = "" } = process.env;
    const client = createClient(createConfig({ baseUrl: HUB_URL, headers: { "X-Ya-Service-Ticket": SERVICE_TICKET } }));
    const report = { service: "realty", yandex_uid: "4001", category_id: "1", state: "deleted" } as const;
    const stale = await setDataStatus({ client, body: { ...report, deletion_id: "another" } });
    const taken = await setDataStatus({ client, body: { ...report, deletion_id: DELETION, attempt: 1 } });
    console.log(JSON.stringify({ stale: stale.error?.code, taken: taken.response?.status }));
  `,
};

const compilerOptions = {
  strict: true,
  target: "es2022",
  lib: ["es2022", "dom", "dom.iterable"],
  module: "nodenext",
  types: ["node"],
  outDir: "built",
};

test("a client that another generator makes of the packed contract deletes with a real hub", async () => {
  await generate({
    input: join(contract, "hub.yaml"),
    output: { path: join(folder, "hub"), module: { extension: ".js" } },
    plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
    logs: { level: "silent", file: false },
  });
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, `${name}.ts`), text);
  }
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["portal.ts", "service.ts"] }),
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  await runAsStranger(process.execPath, [tsc, "-p", folder], { cwd: folder });

  const run = async (name: keyof typeof programs, env: NodeJS.ProcessEnv) =>
    JSON.parse(
      await runAsStranger(process.execPath, [join("built", `${name}.js`)], {
        cwd: folder,
        env: { HUB_URL: server.address, ...env },
      }),
    );

  const SERVICE_TICKET = await hub.portal.serviceTicket();
  const USER_TICKET = await hub.portal.userTicket("4001");
  expect(await run("portal", { SERVICE_TICKET, USER_TICKET })).toEqual({
    states: ["1 ready_to_delete", "2 ready_to_delete"],
    accepted: "ok",
    code: "request_id_conflict",
  });
  await hub.drain();
  const [call] = service.deletes();
  const ticket = await service.client.serviceTicket();
  expect(
    await run("service", { SERVICE_TICKET: ticket, DELETION: call?.body.deletion_id }),
  ).toEqual({ stale: "stale_deletion", taken: 200 });
  expect((await hub.status("4001")).data).toMatchObject([
    { id: "1", state: "empty" },
    { id: "2", state: "ready_to_delete" },
  ]);
});

test.each([
  ["hub.yaml", "YandexUid"],
  ["connected-service.yaml", "YandexUid"],
  ["identity.yaml", "YandexUid"],
  ["portal-storage.yaml", "ServiceName"],
])(
  "the packed %s is that of the repository, and a generator needs nothing beside the package",
  async (name, type) => {
    const packed = await readFile(join(contract, name), "utf8");
    expect(packed).toBe(await readFile(join(root, "api", name), "utf8"));
    const types = join(folder, "types", name);
    await generate({
      input: join(contract, name),
      output: { path: types },
      plugins: ["@hey-api/typescript"],
      logs: { level: "silent", file: false },
    });
    const generated = await readFile(join(types, "types.gen.ts"), "utf8");
    expect(generated).toMatch(new RegExp(`^export type ${type}\\b`, "m"));
  },
);
