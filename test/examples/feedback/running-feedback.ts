import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { type FakeHub, startFakeHub } from "../../sdk/fake-hub.ts";
import { createDatabase } from "../../support/database.ts";
import { findFreePort } from "../../support/ports.ts";
import { type RunningProcess, startProcess, until } from "../../support/processes.ts";
import { createClient, type TestClient } from "../../support/tickets.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "examples", "feedback");

/** The service as a process, or several, over one database; and a hub that it speaks to. */
export interface Feedback extends AsyncDisposable {
  sql: postgres.Sql;
  hub: FakeHub;
  maps: TestClient;
  moderation: TestClient;
  start(env?: NodeJS.ProcessEnv): Promise<RunningFeedback>;
  /** The tool by itself, as a scheduler runs it; resolves when it has ended. */
  runTool(env?: NodeJS.ProcessEnv): Promise<void>;
}

export interface RunningFeedback extends RunningProcess {
  url: string;
  /** A call of the hub. */
  call(path: string, body: object): Promise<Response>;
}

export async function createFeedback(): Promise<Feedback> {
  const stack = new AsyncDisposableStack();
  const keys = await mkdtemp(join(tmpdir(), "takeout feedback "));
  stack.defer(() => rm(keys, { recursive: true }));
  const hub = stack.use(await startFakeHub());
  const database = stack.use(await createDatabase());
  const sql = postgres(database.url, { max: 4, onnotice: () => {} });
  stack.defer(() => sql.end());
  const [feedback, maps, moderation] = await Promise.all(
    ["feedback", "maps", "moderation"].map((name) => createClient(name)),
  );
  if (!feedback || !maps || !moderation) throw new Error("no clients");
  const mayOf = { maps: ["create", "read"], moderation: ["read", "user_info"] };
  const callers: Record<string, object> = {};
  for (const { name, jwks } of [maps, moderation]) {
    const path = join(keys, `${name}.jwks.json`);
    await writeFile(path, JSON.stringify(jwks));
    callers[name] = { keys: path, may: mayOf[name as keyof typeof mayOf] };
  }
  const common = {
    ...process.env,
    DATABASE_URL: database.url,
    TAKEOUT_HUB_URL: hub.url,
    TAKEOUT_SERVICE_KEY: JSON.stringify(feedback.privateJwk),
    FEEDBACK_CALLERS: JSON.stringify(callers),
    FEEDBACK_TOOL_EVERY_MS: "50",
  };

  async function start(env: NodeJS.ProcessEnv = {}): Promise<RunningFeedback> {
    const port = await findFreePort();
    const running = startProcess(process.execPath, [join(folder, "main.ts")], {
      env: { ...common, PORT: `${port}`, ...env },
    });
    await until(`feedback: ${running.output()}`, () => running.output().includes("listening"));
    const url = `http://127.0.0.1:${port}`;
    const ticket = await hub.client.serviceTicket("feedback");
    const headers = { "content-type": "application/json", "x-ya-service-ticket": ticket };
    const call = (path: string, body: object) =>
      fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { ...running, url, call };
  }

  async function runTool(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const tool = startProcess(process.execPath, [join(folder, "tool.ts")], {
      env: { ...common, ...env },
    });
    const { code } = await tool.exit;
    if (code !== 0) throw new Error(`the tool ended with ${code}: ${tool.output()}`);
  }

  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  return { sql, hub, maps, moderation, start, runTool, [Symbol.asyncDispose]: dispose };
}

const account = (uid: string) => ({ uid, is_portal: true });

export function deletionOf(uid: string, to: Date, change: object = {}) {
  return {
    yandex_uids: [account(uid)],
    categories: ["9"],
    deletion_id: `d-${uid}`,
    report_uid: uid,
    request_id: `r-${uid}`,
    to: to.toISOString(),
    attempt: 1,
    ...change,
  };
}

export async function stateOf(running: RunningFeedback, uid: string): Promise<string | undefined> {
  const body = { yandex_uids: [account(uid)], categories: ["9"] };
  const answer = await (await running.call("/v1/takeout/status/", body)).json();
  return (answer as { categories: { data_state: string }[] }).categories[0]?.data_state;
}

/** The reports about a user that the hub was sent. */
export function reportsOf({ hub }: Feedback, uid: string) {
  return hub.reports.map(({ body }) => body).filter(({ yandex_uid }) => yandex_uid === uid);
}
