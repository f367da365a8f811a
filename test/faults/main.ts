import { parseArgs } from "node:util";
import { bugs } from "./planted/bugs.ts";
import { type Caught, catchBug } from "./planted/catch.ts";
import { type Played, play } from "./play.ts";
import { printCaught, printPlayed } from "./print.ts";
import { writeReport } from "./report.ts";
import { loadScenarios, scale } from "./scenarios.ts";
import { endStages } from "./stage.ts";

const help = `npm run test:faults -- [options]

Plays every scenario against real processes and a real PostgreSQL, checks what happened, sees whether
planted bugs are caught, and writes test/faults/README.md. Ends with 1 when a figure or an invariant is missed.

  --only NAME     only this scenario or planted bug; may be given again
  --seed N        the seed of all chances; printed, and any number by default
  --scale X       X times the load (0.1 is good for a first look); writes no report
  --keep          leaves the logs of the runs where they are
  --list          the scenarios and planted bugs
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

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void endStages().then(() => process.exit(130)));
}

const scenarios = await loadScenarios();
const names = [...scenarios.map(({ name }) => name), ...bugs.map(({ scenario }) => scenario.name)];
const isChosen = (name: string) => !values.only || values.only.includes(name);
if (values.help) console.log(help);
else if (values.list) list();
else process.exitCode = await playAll();

function list(): void {
  for (const { name, fault } of scenarios) console.log(`${name}: ${fault}`);
  for (const { name, scenario } of bugs) console.log(`${scenario.name}: ${name}`);
}

async function playAll(): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const factor = Number(values.scale);
  const unknown = (values.only ?? []).filter((name) => !names.includes(name));
  if (unknown.length > 0 || !Number.isInteger(seed) || !(factor > 0)) {
    console.error(unknown.length > 0 ? `nothing is called ${unknown.join(", ")}` : help);
    return 64;
  }
  console.log(`seed ${seed}`);
  const optionsOf = (name: string) => ({
    ...{ seed, keep: values.keep },
    say: (line: string) => console.log(`${name}: ${line}`),
  });
  const played: Played[] = [];
  const caught: Caught[] = [];
  for (const scenario of scenarios.filter(({ name }) => isChosen(name))) {
    played.push(await play(scale(scenario, factor), optionsOf(scenario.name)));
    printPlayed(played.at(-1) as Played);
    if (factor === 1) await writeReport(played, caught, names);
  }
  for (const bug of bugs.filter(({ scenario }) => isChosen(scenario.name))) {
    caught.push(await catchBug(bug, optionsOf(bug.scenario.name)));
    printCaught(caught.at(-1) as Caught);
    if (factor === 1) await writeReport(played, caught, names);
  }
  const isGood = played.every((it) => it.isGood) && caught.every(({ isCaught }) => isCaught);
  return isGood ? 0 : 1;
}
