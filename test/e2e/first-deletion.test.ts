import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { demoServices } from "../../scripts/start/demo.ts";
import { findFreePort } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";

const root = join(import.meta.dirname, "..", "..");

test("the README's first deletion, as pasted, empties the user's rows and nobody else's", async () => {
  const data = await mkdtemp(join(tmpdir(), "takeout readme "));
  const names = ["PORT", "PORTAL_PORT", ...demoServices.map(({ variable }) => variable)];
  const free = await Promise.all(names.map(async (name) => [name, `${await findFreePort()}`]));
  const ports: Record<string, string> = Object.fromEntries(free);
  const env = { ...process.env, ...ports, TAKEOUT_DATA: data };
  {
    await using landscape = startProcess("npm", ["start"], { cwd: root, env });
    await until("npm start", () => landscape.output().includes("ready in"), 120_000);
    const block = await readBlock("## A first deletion, by hand");
    const script = block
      .replaceAll(":8080", `:${ports.PORT}`)
      .replaceAll(":4101", `:${ports.REALTY_PORT}`);
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { cwd: root, env });
    const [before, status, removed, after, rows, others] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(before.favorites).toBeGreaterThan(0);
    expect(status.data[0]).toMatchObject({ id: "1", state: "ready_to_delete" });
    expect(removed).toEqual({ status: "ok" });
    expect(after.data[0]).toMatchObject({
      id: "1",
      state: "empty",
      update_date: expect.any(String),
    });
    expect(rows).toEqual({ ...before, favorites: 0 });
    expect(others).toEqual(before);
    await expectOperatorsCommands(data, env, `:${ports.PORT}`);
    const spoil = (await readBlock("Whole services are in")).replace(
      ":4103",
      `:${ports.PAYMENTS_PORT}`,
    );
    const spoiled = await promisify(execFile)("bash", ["-euc", spoil], { cwd: root, env });
    expect(JSON.parse(spoiled.stdout)).toMatchObject({ mood: "failing" });
    const ask = (await readBlock("## Calling it", "examples/feedback/README.md")).replaceAll(
      ":4106",
      `:${ports.FEEDBACK_PORT}`,
    );
    const asked = await promisify(execFile)("bash", ["-euc", ask], { cwd: root, env });
    const [task, author] = asked.stdout.trim().split("\n");
    expect(task).toContain(
      '"original_task":{ "uid": "4004", "lat": 55.750, "message": "No bridge here" }',
    );
    expect(JSON.parse(author ?? "")).toMatchObject({ user: { uid: "4004" }, hidden_until: null });
    landscape.child.kill("SIGTERM");
    await landscape.exit;
  }
  await rm(data, { recursive: true, force: true });
});

/** In the plainest shell that there is: which one a person has is not ours to say. */
async function expectOperatorsCommands(data: string, env: NodeJS.ProcessEnv, port: string) {
  const commands = (await readBlock("While `npm start` runs")).replace("./data", `'${data}'`);
  const looks = await readBlock("## For operators");
  const acts = await readBlock("At `stuck.deadline` whatever");
  const script = [commands, looks, acts].join("\n").replaceAll(":8080", port);
  const { stdout } = await promisify(execFile)("sh", ["-euc", script], { cwd: root, env });
  const lines = stdout.trim().split("\n");
  const answers = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  expect(stdout).toMatch(/^reachable +yes$/m);
  expect(answers.find((answer) => "backlog" in (answer.items?.[0] ?? {})).items).toHaveLength(6);
  expect(answers).toContainEqual(expect.objectContaining({ origin: "admin", state: "open" }));
  expect(answers).toContainEqual(
    expect.objectContaining({ service: "payments", health: "paused" }),
  );
  expect(answers).toContainEqual(expect.objectContaining({ service: "payments", is_ok: true }));
  expect(answers).toContainEqual({ hold_id: expect.any(String) });
  // How far the deletion has come when somebody calls it off is a matter of luck.
  const refused = answers.filter(({ code }) => code).map(({ code }) => code);
  const lawful = ["already_started", "already_closed", "nothing_to_retry", "category_open"];
  expect(refused.filter((code) => !lawful.includes(code))).toEqual([]);
}

async function readBlock(heading: string, file = "README.md"): Promise<string> {
  const readme = await readFile(join(root, file), "utf8");
  const section = readme.slice(readme.indexOf(heading));
  return /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? "";
}
