import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findFreePort } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");

test("a stranger's service, written and connected as the README says, deletes for the portal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "takeout stranger "));
  const mine = join(folder, "mine");
  const keys = join(folder, "data", "demo", "keys");
  await mkdir(keys, { recursive: true });
  const [hubPort, servicePort] = [await findFreePort(), await findFreePort()];
  const env = { ...process.env, TAKEOUT_DATA: join(folder, "data") };
  const takeout = async (...args: string[]) =>
    (await run("npm", ["run", "-s", "takeout", "--", ...args], { cwd: root, env })).stdout.trim();
  // What `npm start` made before, in the README's story.
  await takeout(
    ...["keys", "new", "--private", join(keys, "passport.jwk.json")],
    ...["--public", join(keys, "passport.jwks.json")],
  );

  const blocks = await readBlocks("## Connecting a service");
  const commands = blocks.sh.replace(
    "mkdir -p mine && cd mine",
    `mkdir -p "${mine}" && cd "${mine}"`,
  );
  await run("bash", ["-euc", commands.replaceAll("--prefix ..", `--prefix "${root}"`)], {
    cwd: root,
    env,
  });
  const atPorts = (text: string) =>
    text.replaceAll(":8080", `:${hubPort}`).replaceAll("4200", `${servicePort}`);
  await writeFile(join(mine, "service.mjs"), atPorts(blocks.js));
  // It looks far more often than a person would.
  await writeFile(join(mine, "takeout.yaml"), `${atPorts(blocks.yaml)}limits: { user: 1000/s }\n`);

  await using _service = startProcess("node", ["service.mjs"], { cwd: mine, env: ownNode(env) });
  const hubEnv = { ...env, TAKEOUT_CONFIG: join(mine, "takeout.yaml"), PORT: `${hubPort}` };
  await using hub = startProcess("npm", ["start"], { cwd: root, env: hubEnv });
  await until("the hub", () => hub.output().includes("ready in"), 120_000);

  const headers = {
    "x-ya-service-ticket": await takeout("ticket", "service"),
    "x-ya-user-ticket": await takeout("ticket", "user", "--uid", "4001"),
    "content-type": "application/json",
  };
  const status = async () => {
    const answer = await fetch(`http://127.0.0.1:${hubPort}/1/takeout/status/`, { headers });
    return ((await answer.json()) as { data: { state: string }[] }).data[0]?.state;
  };
  await until("the service to be asked", async () => (await status()) === "ready_to_delete");
  const removed = await fetch(`http://127.0.0.1:${hubPort}/1/takeout/delete/?request_id=r`, {
    method: "POST",
    headers,
    body: JSON.stringify({ id: ["1"] }),
  });
  expect(await removed.json()).toEqual({ status: "ok" });
  await until("the deletion", async () => (await status()) === "empty");
  hub.child.kill("SIGTERM");
  await hub.exit;
  await rm(folder, { recursive: true, force: true });
}, 180_000);

/** The machine's own Node, not the project's: a stranger has no other. */
function ownNode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _conditions, ...rest } = env;
  const folders = (env.PATH ?? "")
    .split(delimiter)
    .filter((path) => !path.includes("node_modules"));
  return { ...rest, PATH: folders.join(delimiter) };
}

async function readBlocks(heading: string): Promise<{ sh: string; js: string; yaml: string }> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf(heading));
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? "";
  return { sh: block("sh"), js: block("js"), yaml: block("yaml") };
}
