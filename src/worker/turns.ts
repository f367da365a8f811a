/** What came of a turn: it is to have another at once, in a moment, or only when it is asked for. */
export type TurnEnd = "more" | "busy" | "done";

const busyPauseMs = 50;

/**
 * Gives those who ask their turns in the order of asking, few at once and each one at a time: whoever comes
 * with much to do takes a turn after another, and the rest of the process has its share in between.
 *
 * @param atOnce - turns under way at once.
 */
export function createTurns(atOnce: number, take: (name: string) => Promise<TurnEnd>) {
  const asking = new Set<string>();
  const running = new Set<string>();
  const resting = new Set<string>();

  const run = async (name: string) => {
    running.add(name);
    const end = await take(name);
    running.delete(name);
    if (end === "more") asking.add(name);
    if (end === "busy") rest(name);
    begin();
  };
  const rest = (name: string) => {
    asking.delete(name);
    resting.add(name);
    setTimeout(() => {
      resting.delete(name);
      ask(name);
    }, busyPauseMs).unref();
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
    if (resting.has(name)) return;
    asking.add(name);
    begin();
  };
  return { ask };
}
