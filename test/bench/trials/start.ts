import type { Ground } from "../ground.ts";
import { spreadOf } from "../statistics.ts";
import { startHub } from "../systems/hub.ts";
import type { Trial, TrialPace, Tried } from "../trial.ts";

const services = 10;

/** From the start of a process to its first `ready`, with a database that is there and up to date. */
export const start: Trial = { name: "start", title: "ready after a start", run };

async function run(ground: Ground, { isQuick }: TrialPace): Promise<Tried> {
  const stock = { users: Math.ceil(ground.parts / services), services };
  const databaseUrl = await ground.database("hub", stock);
  const stubs = await ground.stubs(services);
  const figures = [];
  for (const command of ["serve", "up"] as const) {
    const took: number[] = [];
    for (let time = 0; time < (isQuick ? 2 : 10); time += 1) {
      const beganAt = performance.now();
      await using _hub = await startHub(ground, { databaseUrl, services: stubs.services, command });
      took.push(performance.now() - beganAt);
    }
    const { median, max } = spreadOf(took);
    const of = { unit: "s", of: took.length };
    figures.push({ ...of, name: `takeout ${command}, median`, value: median / 1_000, atMost: 1 });
    figures.push({ ...of, name: `takeout ${command}, longest`, value: max / 1_000 });
  }
  await ground.server.drop(new URL(databaseUrl).pathname.slice(1));
  return { figures, wrong: [] };
}
