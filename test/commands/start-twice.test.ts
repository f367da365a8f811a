import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
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
