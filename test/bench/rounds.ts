import type { Ground } from "./ground.ts";
import type { Contender, Measured, Operation, Sample } from "./operation.ts";

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
  readonly say: (line: string) => void;
}

/** A try that is better than all before by less than this has nothing left to gain. */
const settledBy = 1.05;
const warmUpsMost = 5;

/**
 * Measures an operation: each contender warms up until it gets no faster, then all take turns, in another order every round, so that
 * whatever else the machine does befalls all of them alike.
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
    for (const contender of round % 2 === 1 ? contenders : contenders.toReversed()) {
      const sample = await contender.measure(seconds);
      samples.get(contender)?.push(sample);
      pace.say(`${operation.name}: round ${round}, ${contender.name} ${describe(sample)}`);
    }
  }
  const { name, title, unit } = operation;
  const runs = contenders.map((one) => ({ name: one.name, samples: samples.get(one) ?? [] }));
  return { name, title, unit, seconds, runs };
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
