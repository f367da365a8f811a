import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Child } from "./child.ts";
import { createGround } from "./ground.ts";
import { fewServices, isKind, kindNames, kinds } from "./operations/kinds.ts";
import { drawFlameGraph } from "./profile/flame-graph.ts";
import { writePage } from "./profile/page.ts";
import { watchProcessors } from "./profile/processors.ts";
import type { FromRecorder, ToRecorder } from "./profile/recorder.ts";
import {
  countStatements,
  listStatements,
  type Statement,
  statementSettings,
} from "./profile/statements.ts";
import { type CpuProfile, listFunctions, listRooms, readTree } from "./profile/tree.ts";
import { takeSeat } from "./systems/seat.ts";

const help = `npm run profile -- OPERATION [options]

Runs one operation against the hub and writes to data/profile/OPERATION: the profile (for a browser's developer
tools), a flame graph, and a page with the functions and statements that took the most time.

  OPERATION       one of ${kindNames.join(", ")}
  --seconds N     how long; 5
  --parts N       parts in the tables before; 200000
  --services N    connected services; ${fewServices}
  --root DIR      another source tree whose hub is run
  --help          this text`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "5" },
    parts: { type: "string", default: "200000" },
    services: { type: "string", default: String(fewServices) },
    root: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

const ownRoot = join(import.meta.dirname, "..", "..");
const recorder = pathToFileURL(join(import.meta.dirname, "profile", "recorder.ts")).href;
const [name = ""] = positionals;

if (values.help) console.log(help);
else if (!isKind(name)) {
  console.error(help);
  process.exitCode = 64;
} else await profile(name);

async function profile(name: keyof typeof kinds): Promise<void> {
  const seconds = Number(values.seconds);
  const root = resolve(values.root ?? ownRoot);
  const say = (line: string) => console.log(line);
  const parts = Number(values.parts);
  await using ground = await createGround({ root, parts, say, settings: statementSettings });
  await using stack = new AsyncDisposableStack();
  const { title, unit, works, contend } = kinds[name];
  const services = Number(values.services);
  const stock = { users: Math.ceil(parts / services), services };
  const flags = [`--import=${recorder}`];
  const seat = await takeSeat(ground, stack, { kind: "hub", stock, works, flags });
  const contender = contend(ground, "hub", seat);
  const warm = await contender.measure(seconds);
  say(`warms up at ${Math.round(warm.perSecond)} ${unit}`);
  const { child, pid } = seat.system;
  const processors = watchProcessors({ hub: pid, database: ground.server.pid });
  const watched: { profile: object | null; statements: readonly Statement[] } = {
    ...{ profile: null, statements: [] },
  };
  const sample = await contender.measure(seconds, async (load) => {
    await countStatements(seat.sql);
    await tell(child, "profile-start");
    const loaded = await processors.watch(load);
    watched.profile = (await tell(child, "profile-stop")).profile;
    watched.statements = await listStatements(seat.sql);
    return loaded;
  });
  const { profile, statements } = watched;
  for (const wrong of sample.wrong) say(`WRONG: ${wrong}`);
  const tree = readTree(profile as CpuProfile, root);
  const folder = join(ownRoot, "data", "profile", name);
  const page = writePage({
    ...{ title, unit, perSecond: sample.perSecond, done: sample.done, statements },
    ...{ rooms: listRooms(tree), functions: listFunctions(tree), processors: processors.taken() },
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "hub.cpuprofile"), JSON.stringify(profile));
  await writeFile(join(folder, "flame-graph.html"), drawFlameGraph(title, tree));
  await writeFile(join(folder, "README.md"), page);
  say(`${Math.round(sample.perSecond)} ${unit}; written to ${folder}`);
}

async function tell(child: Child, message: ToRecorder): Promise<FromRecorder> {
  const signal = AbortSignal.timeout(30_000);
  const answer = once(child.process, "message", { signal });
  child.process.send(message);
  return ((await answer) as [FromRecorder])[0];
}
