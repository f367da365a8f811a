import type { Watch } from "./operation.ts";

/** One who takes part in a turn: gets ready, is loaded while nobody else is, and looks back when all were. */
export type Participant<Result> = (watch: Watch) => Promise<Result>;

/**
 * Lets all get ready, loads them one right after another in their order, and only then lets them look back, so that
 * little time lies between the loads, and what one prepares or checks takes nothing from another.
 *
 * @throws what the first to fail threw, when all have ended.
 */
export async function takeTurns<Result>(
  participants: readonly Participant<Result>[],
): Promise<Result[]> {
  const places = participants.map(() => ({
    ready: Promise.withResolvers<void>(),
    loaded: Promise.withResolvers<void>(),
  }));
  const allReady = Promise.all(places.map(({ ready }) => ready.promise));
  const allLoaded = Promise.all(places.map(({ loaded }) => loaded.promise));
  const ended = await Promise.allSettled(
    participants.map((participant, at) => takePart(participant, at)),
  );
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });

  async function takePart(participant: Participant<Result>, at: number): Promise<Result> {
    const { ready, loaded } = places[at] as (typeof places)[number];
    const before = places[at - 1]?.loaded.promise;
    const watch: Watch = async (load) => {
      ready.resolve();
      await allReady;
      await before;
      try {
        return await load();
      } finally {
        loaded.resolve();
        await allLoaded;
      }
    };
    try {
      return await participant(watch);
    } finally {
      // Who fails before the load must not be waited for.
      ready.resolve();
      loaded.resolve();
    }
  }
}
