import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { argv } from "node:process";
import { createDice } from "../support/random.ts";
import { type CallEntry, logFiles, openLog, type ReportEntry, type RowEntry } from "./logs.ts";
import { listenForControl } from "./services/control.ts";
import type { ServicesReady, ServicesSetup } from "./services/setup.ts";
import { type StubService, startStub } from "./services/stub.ts";

/** All connected services of a run in one process, which no fault befalls: `services.ts <setup.json>`. */
const setup = JSON.parse(await readFile(argv[2] ?? "", "utf8")) as ServicesSetup;
using calls = openLog<CallEntry>(join(setup.folder, logFiles.calls));
using rows = openLog<RowEntry>(join(setup.folder, logFiles.rows));
using reports = openLog<ReportEntry>(join(setup.folder, logFiles.reports));

const stubs = new Map<string, StubService>();
for (const [at, service] of setup.services.entries()) {
  const dice = createDice(setup.seed + at);
  stubs.set(service.name, await startStub({ service, hub: setup.hub, dice, calls, rows, reports }));
}
const stopping = new AbortController();
const control = await listenForControl(stubs, () => stopping.abort());
const ready: ServicesReady = {
  control,
  urls: Object.fromEntries([...stubs].map(([name, stub]) => [name, stub.url])),
};
console.log(JSON.stringify(ready));
process.on("disconnect", () => stopping.abort()); // the runner is gone
await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
process.exit(0);
