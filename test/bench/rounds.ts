import type { Ground } from "./ground.ts";
import type { Contender, Measured, Operation, Sample } from "./operation.ts";
import { spreadOf } from "./statistics.ts";
import { takeTurns } from "./turns.ts";

export interface Pace {
  readonly rounds: number;
  /** How often each is loaded in a round. */
  readonly turns: number;
  /** Of a turn. */
  readonly seconds: number;
  readonly say: (line: string) => void;
}

/** A try that is better than all before by less than this has nothing left to gain. */
const settledBy = 1.05;
const warmUpsMost = 5;

/**
 * Measures an operation: each contender warms up until it gets no faster, then all take short turns, in another order every time, so
 * that whatever else the machine does befalls all of them alike.
 */
export async function measure(operation: Operation, ground: Ground, pace: Pace): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const contenders = await operation.start(ground, stack);
  const seconds = pace.seconds * operation.longer;
  const samples = new Map<Contender, Sample[]>(contenders.map((one) => [one, []]));
  for (const contender of contenders) {
    const rates = await warmUp(() => contender.measure(seconds));
    pace.say(`${operation.name}: ${contender.name} warms up at ${rates.join(", ")}`);
  }
  await ground.server.admin`checkpoint`;
  for (let round = 1; round <= pace.rounds; round += 1) {
    const turns = await playRound(round, contenders, { ...pace, seconds });
    for (const contender of contenders) {
      const sample = sumUp(turns.get(contender) ?? []);
      samples.get(contender)?.push(sample);
      pace.say(`${operation.name}: round ${round}, ${contender.name} ${describe(sample)}`);
    }
  }
  const { name, title, unit } = operation;
  const runs = contenders.map((one) => ({ name: one.name, samples: samples.get(one) ?? [] }));
  return { name, title, unit, turns: pace.turns, seconds, runs };
}

async function playRound(
  round: number,
  contenders: readonly Contender[],
  { turns, seconds }: Pick<Pace, "turns" | "seconds">,
): Promise<ReadonlyMap<Contender, readonly Sample[]>> {
  const samples: (readonly [Contender, Sample])[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const order = (round + turn) % 2 === 1 ? contenders : contenders.toReversed();
    const taken = await takeTurns(
      order.map((one) => async (watch) => [one, await one.measure(seconds, watch)] as const),
    );
    samples.push(...taken);
  }
  const byContender = Map.groupBy(samples, ([contender]) => contender);
  return new Map([...byContender].map(([one, taken]) => [one, taken.map(([, sample]) => sample)]));
}

/** What several turns came to: all that was done in all of their time; of other figures the one in the middle. */
export function sumUp(turns: readonly Sample[]): Sample {
  const done = turns.reduce((sum, turn) => sum + turn.done, 0);
  const seconds = turns.reduce((sum, turn) => sum + turn.done / (turn.perSecond || 1), 0);
  const p99s = turns.flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  const names = Object.keys(turns[0]?.also ?? {});
  const also = names.map((name) => [name, middleOf(turns.map((turn) => turn.also?.[name] ?? 0))]);
  return {
    ...{ perSecond: done / (seconds || 1), done, p99Ms: p99s.length === 0 ? null : middleOf(p99s) },
    ...{ wrong: turns.flatMap(({ wrong }) => wrong), also: Object.fromEntries(also) },
  };
}

function middleOf(figures: readonly number[]): number {
  return spreadOf(figures).median;
}

/**
 * Large programs go on compiling for many seconds under load, small ones settle in one: with one try each the large would be
 * measured cold.
 *
 * @returns the rate of each try.
 */
export async function warmUp(attempt: () => Promise<Pick<Sample, "perSecond">>): Promise<number[]> {
  const rates: number[] = [];
  while (rates.length < warmUpsMost) {
    const best = Math.max(0, ...rates);
    const { perSecond } = await attempt();
    rates.push(Math.round(perSecond));
    if (rates.length > 1 && perSecond < best * settledBy) break;
  }
  return rates;
}

function describe({ perSecond, p99Ms, wrong, also = {} }: Sample): string {
  const more = Object.entries(also).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(3))}`,
  );
  const p99 = p99Ms === null ? [] : [`p99 ${p99Ms.toFixed(1)} ms`];
  return [
    `${Math.round(perSecond)}`,
    ...p99,
    ...more,
    ...wrong.map((what) => `WRONG: ${what}`),
  ].join(", ");
}
