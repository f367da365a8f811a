import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createGround } from "./ground.ts";
import { type Measured, wrongsOf } from "./operation.ts";
import { operations } from "./operations/all.ts";
import { measure } from "./rounds.ts";
import { ratioOf, spreadOf } from "./statistics.ts";

const help = `npm run bench -- [options]

Measures the hub beside a hand-written service, pgbench and bare servers, on one PostgreSQL that keeps its promises.
Ends with 1 when any answer was wrong: then no figure counts.

  --only NAME     only this operation; may be given again; writes no report
  --rounds N      how often each contender is measured; 5
  --seconds N     how long each time; 2
  --parts N       parts in the tables before anything is measured; 200000
  --quick         one round of a second on 20000 parts: to see that it runs; writes no report
  --root DIR      another source tree whose hub is measured; writes no report
  --list          the operations
  --help          this text`;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    rounds: { type: "string" },
    seconds: { type: "string" },
    parts: { type: "string" },
    quick: { type: "boolean", default: false },
    root: { type: "string" },
    list: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const ownRoot = join(import.meta.dirname, "..", "..");
const defaults = values.quick
  ? { rounds: 1, seconds: 1, parts: 20_000 }
  : { rounds: 5, seconds: 2, parts: 200_000 };

if (values.help) console.log(help);
else if (values.list) for (const { name, title } of operations) console.log(`${name}: ${title}`);
else process.exitCode = await measureAll();

async function measureAll(): Promise<number> {
  const rounds = Number(values.rounds ?? defaults.rounds);
  const seconds = Number(values.seconds ?? defaults.seconds);
  const parts = Number(values.parts ?? defaults.parts);
  const unknown = (values.only ?? []).filter((name) => !operations.some((o) => o.name === name));
  if (unknown.length > 0 || !(rounds >= 1 && seconds >= 1 && parts >= 1)) {
    console.error(unknown.length > 0 ? `nothing is called ${unknown.join(", ")}` : help);
    return 64;
  }
  const say = (line: string) => console.log(line);
  await using ground = await createGround({ root: resolve(values.root ?? ownRoot), parts, say });
  const measured: Measured[] = [];
  for (const operation of operations) {
    if (values.only && !values.only.includes(operation.name)) continue;
    const result = await measure(operation, ground, { rounds, seconds, say });
    measured.push(result);
    print(result);
  }
  const wrongs = measured.flatMap(wrongsOf);
  if (wrongs.length > 0) console.error(`VOID, answers were wrong:\n  ${wrongs.join("\n  ")}`);
  return wrongs.length > 0 ? 1 : 0;
}

function print({ name, unit, runs }: Measured): void {
  const ours = runs[0]?.samples.map(({ perSecond }) => perSecond) ?? [];
  for (const run of runs) {
    const figures = run.samples.map(({ perSecond }) => perSecond);
    const { median, min, max } = spreadOf(figures);
    const ratio = ratioOf(ours, figures);
    console.log(
      `${name}: ${run.name} ${Math.round(median)} ${unit} (${Math.round(min)} to ${Math.round(max)})` +
        (run === runs[0]
          ? ""
          : `, hub ×${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`),
    );
  }
}
