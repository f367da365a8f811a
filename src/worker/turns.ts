/** What came of a turn: it is to have another at once, in a moment, or only when it is asked for. */
export type TurnEnd = "more" | "busy" | "done";

const busyPauseMs = 50;
const longestRestMs = 1_000;

/**
 * Gives those who ask their turns in the order of asking, few at once and each one at a time. After a turn it
 * rests for as long as the turn took: where everything is slow, those who come with much to do leave the
 * rest of the process its share.
 *
 * @param atOnce - turns under way at once.
 */
export function createTurns(atOnce: number, take: (name: string) => Promise<TurnEnd>) {
  const asking = new Set<string>();
  const running = new Set<string>();
  const heldBack = new Set<string>();

  const run = async (name: string) => {
    running.add(name);
    const beganAt = performance.now();
    const end = await take(name);
    if (end === "more") asking.add(name);
    if (end === "busy") holdBack(name);
    const rest = setTimeout(
      () => {
        running.delete(name);
        begin();
      },
      Math.min(performance.now() - beganAt, longestRestMs),
    );
    rest.unref();
  };
  const holdBack = (name: string) => {
    asking.delete(name);
    heldBack.add(name);
    const pause = setTimeout(() => {
      heldBack.delete(name);
      ask(name);
    }, busyPauseMs);
    pause.unref();
  };
  const begin = () => {
    for (const name of asking) {
      if (running.size >= atOnce) return;
      if (running.has(name)) continue;
      asking.delete(name);
      void run(name);
    }
  };
  const ask = (name: string) => {
    if (heldBack.has(name)) return;
    asking.add(name);
    begin();
  };
  return { ask };
}
