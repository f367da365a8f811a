import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { demoServices } from "../../scripts/start/demo.ts";
import { makeFolder, smallest } from "../config/samples.ts";
import { findFreePort } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";

const root = join(import.meta.dirname, "..", "..");

test("a second npm start on the same data is refused, and the first keeps its database", async () => {
  const data = await mkdtemp(join(tmpdir(), "takeout twice "));
  using folder = makeFolder({ "takeout.yaml": smallest });
  const start = (port: number) => {
    const own = { TAKEOUT_DATA: data, TAKEOUT_CONFIG: join(folder.path, "takeout.yaml") };
    const env = { ...process.env, ...own, DATABASE_URL: "", PORT: `${port}` };
    return startProcess("npm", ["start"], { cwd: root, env });
  };
  const port = await findFreePort();
  {
    await using first = start(port);
    await until("npm start", () => first.output().includes("ready in"), 120_000);
    expect(first.output()).toContain(join(folder.path, "takeout.yaml"));
    expect(first.output()).toContain(join(data, "hub.env"));
    await using second = start(await findFreePort());
    const refusal = /another npm start works in .+: stop it, or set TAKEOUT_DATA to another folder/;
    await until("its end", () => /ready in|another/.test(second.output()), 120_000);
    expect(second.output()).toMatch(refusal);
    expect((await second.exit).code).toBe(1);
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    first.child.kill("SIGTERM");
    await first.exit;
  }
  await rm(data, { recursive: true });
}, 300_000);

test("a database of one's own that is not there is told in a line, and nothing is started", async () => {
  const data = await mkdtemp(join(tmpdir(), "takeout away "));
  const own = { TAKEOUT_DATA: data, TAKEOUT_CONFIG: "", DATABASE_URL: "postgres://127.0.0.1:1/x" };
  const names = ["PORT", "PORTAL_PORT", ...demoServices.map(({ variable }) => variable)];
  const free = await Promise.all(names.map(async (name) => [name, `${await findFreePort()}`]));
  const env = { ...process.env, ...Object.fromEntries(free), ...own };
  await using running = startProcess("npm", ["start"], { cwd: root, env });
  expect((await running.exit).code).toBe(1);
  expect(running.output()).toMatch(
    /^takeout: DATABASE_URL cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1$/m,
  );
  expect(running.output()).not.toContain("starting");
  await rm(data, { recursive: true });
}, 120_000);
