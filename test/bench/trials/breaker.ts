import { setTimeout as pause } from "node:timers/promises";
import { play } from "../../faults/play.ts";
import type { Act, Scenario } from "../../faults/scenario.ts";
import { until } from "../../support/processes.ts";
import type { Ground } from "../ground.ts";
import { spreadOf } from "../statistics.ts";
import type { Figure, Trial, TrialPace, Tried } from "../trial.ts";

const broken = "service-1";
const brokenForMs = 4_000;
const withinMs = 60_000;

/** A service fails, its breaker opens, it is well again: how soon that is noticed, and its line is gone. */
export const breaker: Trial = {
  name: "breaker",
  title: "a service that was down is called again",
  run,
};

interface Times {
  readonly opened: number[];
  readonly closed: number[];
  readonly drained: number[];
}

async function run(_: Ground, { isQuick, say }: TrialPace): Promise<Tried> {
  const times: Times = { opened: [], closed: [], drained: [] };
  const cycles = isQuick ? 1 : 5;
  const told = (line: string) => say(`breaker: ${line}`);
  const scenario = outages(cycles, times);
  const { findings } = await play(scenario, { seed: Date.now() % 1_000_000, say: told });
  const wrong = findings.flatMap(({ name, violations }) =>
    violations.length > 0 ? [`${name}: ${violations[0]}`] : [],
  );
  const figure = (name: string, ms: readonly number[]): Figure => {
    const { median } = spreadOf(ms);
    return { name: `${name}, median`, unit: "s", value: median / 1_000, of: ms.length };
  };
  const longest = (name: string, ms: readonly number[], atMost: number): Figure => {
    return {
      name: `${name}, longest`,
      unit: "s",
      value: Math.max(...ms) / 1_000,
      of: ms.length,
      atMost,
    };
  };
  return {
    figures: [
      figure("failing till the breaker opens", times.opened),
      figure("well till it closes", times.closed),
      longest("well till it closes", times.closed, 15),
      figure("well till nothing waits", times.drained),
      longest("well till nothing waits", times.drained, 30),
    ],
    wrong,
  };
}

function outages(cycles: number, times: Times): Scenario {
  return {
    ...{ order: 0, name: "breaker", fault: `${cycles} outages`, mustShow: "it is called again" },
    isUntimed: true,
    setup: { services: 4, categories: ["1"], processes: { up: 1 } },
    mood: "well",
    load: { deletions: cycles * 120, concurrency: 8, perSecond: 8, categories: ["1"] },
    strike: async (act) => {
      for (let cycle = 0; cycle < cycles; cycle += 1) await breakOnce(act, times);
    },
    strikesUntil: "done",
    figures: [],
  };
}

async function breakOnce({ stage }: Act, times: Times): Promise<void> {
  const { sql, services } = stage;
  const since = (at: number) => performance.now() - at;
  const isOpen = async () => {
    const [row] =
      await sql`select from service_states where service = ${broken} and breaker = 'open'`;
    return row !== undefined;
  };
  const failingAt = performance.now();
  await services.setMood("failing", [broken]);
  await until("the breaker to open", isOpen, withinMs);
  times.opened.push(since(failingAt));
  await pause(brokenForMs);
  const [now] = await sql<{ at: Date }[]>`select clock_timestamp() as at`;
  const wellAt = performance.now();
  await services.setMood("well", [broken]);
  await until("the breaker to close", async () => !(await isOpen()), withinMs);
  times.closed.push(since(wellAt));
  const isDrained = async () => {
    const [waiting] = await sql`
      select from parts join deletions on id = deletion_id
       where service = ${broken} and state = 'due' and accepted_at <= ${now?.at ?? new Date()} limit 1`;
    return waiting === undefined;
  };
  await until("the line to be gone", isDrained, withinMs);
  times.drained.push(since(wellAt));
}
