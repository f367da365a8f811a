import { setTimeout as pause } from "node:timers/promises";
import { play } from "../../faults/play.ts";
import type { Act, Scenario } from "../../faults/scenario.ts";
import type { Ground } from "../ground.ts";
import type { Trial, TrialPace, Tried } from "../trial.ts";

const killEveryMs = 2_000;
/** So many workers are up whenever one is killed. */
const leaving = 2;

/** SIGKILL to workers in the middle of their calls, as the fault suite does it, some of it. */
export const resume: Trial = {
  name: "resume",
  title: "work of a killed worker goes on",
  run,
};

async function run(_: Ground, { isQuick, say }: TrialPace): Promise<Tried> {
  const kills = isQuick ? 3 : 20;
  const scenario = killing(kills);
  const told = (line: string) => say(`resume: ${line}`);
  const { seen, findings } = await play(scenario, { seed: Date.now() % 1_000_000, say: told });
  const { count, p50, p99 } = seen.statistics.resumes;
  const broken = findings.flatMap(({ name, violations }) =>
    violations.length > 0 ? [`${name}: ${violations[0]}`] : [],
  );
  const of = { unit: "s", of: count };
  return {
    figures: [
      { name: "kills", unit: "", value: seen.statistics.kills, of: 1 },
      { ...of, name: "to go on, median", value: p50 / 1_000, atMost: 5, aim: 2.5 },
      { ...of, name: "to go on, p99", value: p99 / 1_000, atMost: 10, aim: 4 },
    ],
    wrong: [...broken, ...(count === 0 ? ["no killed worker held anything"] : [])],
  };
}

function killing(kills: number): Scenario {
  return {
    ...{ order: 0, name: "resume", fault: `${kills} SIGKILLs`, mustShow: "work goes on" },
    isUntimed: true,
    setup: { services: 10, categories: ["1"], processes: { serve: 1, work: 3 } },
    mood: "slow",
    load: {
      ...{ deletions: kills * 12, concurrency: 8, perSecond: 5, categories: ["1"] },
    },
    strike: (act) => kill(act, kills),
    strikesUntil: "done",
    figures: [],
  };
}

async function kill({ nemesis, stopping }: Act, kills: number): Promise<void> {
  for (let done = 0; done < kills && !stopping.aborted; ) {
    await pause(killEveryMs, null, { signal: stopping }).catch(() => {});
    if (await nemesis.kill(leaving)) done += 1;
  }
}
