import { parseArgs } from "node:util";
import { play } from "./play.ts";
import { printPlayed } from "./print.ts";
import { writeReport } from "./report.ts";
import { loadScenarios, scale } from "./scenarios.ts";

const help = `npm run test:faults -- [options]

Plays every scenario against real processes and a real PostgreSQL, checks what happened, and writes the report.

  --only NAME     only this scenario; may be given again
  --seed N        the seed of all chances; printed, and any number by default
  --scale X       X times the load (0.1 is good for a first look); writes no report
  --keep          leaves the logs of the runs where they are
  --list          the scenarios
  --help          this text`;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    seed: { type: "string" },
    scale: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const all = await loadScenarios();
if (values.help) console.log(help);
else if (values.list) for (const { name, fault } of all) console.log(`${name}: ${fault}`);
else process.exitCode = await playAll();

async function playAll(): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const factor = Number(values.scale);
  const { only } = values;
  const unknown = (only ?? []).filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0 || !Number.isInteger(seed) || !(factor > 0)) {
    console.error(unknown.length > 0 ? `no scenario is called ${unknown.join(", ")}` : help);
    return 64;
  }
  console.log(`seed ${seed}`);
  const played = [];
  for (const scenario of all.filter(({ name }) => !only || only.includes(name))) {
    const say = (line: string) => console.log(`${scenario.name}: ${line}`);
    played.push(await play(scale(scenario, factor), { seed, keep: values.keep, say }));
    printPlayed(played.at(-1) as (typeof played)[number]);
    if (values.keep) console.log(`  kept in ${played.at(-1)?.folder}\n`);
  }
  if (factor === 1) await writeReport(played);
  return played.every(({ isGood }) => isGood) ? 0 : 1;
}
