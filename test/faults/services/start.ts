import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createControl, type ServicesControl } from "./control.ts";
import type { ServicesReady, ServicesSetup } from "./setup.ts";

export interface RunningServices extends AsyncDisposable {
  readonly control: ServicesControl;
  readonly urls: Readonly<Record<string, string>>;
}

const program = join(import.meta.dirname, "..", "services.ts");
const startWithinMs = 30_000;

/** Starts the process of services; it ends with the one that started it. */
export async function startServices(setup: ServicesSetup): Promise<RunningServices> {
  const file = join(setup.folder, "services.json");
  await writeFile(file, JSON.stringify(setup), { mode: 0o600 });
  const child = fork(program, [file], {
    execArgv: ["--conditions=takeout-source"],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exit = once(child, "exit");
  if (!child.stdout) throw new Error("no output of the services");
  const lines = createInterface({ input: child.stdout });
  const signal = AbortSignal.timeout(startWithinMs);
  const [line] = (await Promise.race([once(lines, "line", { signal }), exit])) as [unknown];
  const ready = JSON.parse(String(line)) as ServicesReady;
  return {
    control: createControl(ready.control),
    urls: ready.urls,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
