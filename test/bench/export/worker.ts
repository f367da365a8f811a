// One process of the measurement: does the task that its starter names, and says what came of it.
import type { TaskName, Tasks } from "./tasks.ts";

type Doers = {
  readonly [Name in TaskName]: (given: Tasks[Name]["in"]) => Promise<Tasks[Name]["out"]>;
};

/** Loaded only where it is done: what a process has in memory before is measured too. */
const load: { readonly [Name in TaskName]: () => Promise<Doers[Name]> } = {
  push: async () => (await import("./doers/push.ts")).push,
  pull: async () => (await import("./doers/pull.ts")).pull,
  service: async () => (await import("./doers/service.ts")).service,
  receive: async () => (await import("./doers/doors.ts")).receive,
  receivePlainly: async () => (await import("./doers/plain-door.ts")).receivePlainly,
  archive: async () => (await import("./doers/archive.ts")).archive,
  library: async () => (await import("./doers/library.ts")).library,
};

const name = process.argv[2] as TaskName;
const run = await load[name]();
process.once("message", async (given) => {
  try {
    process.send?.({ out: await run(given as never) });
  } catch (error) {
    console.error(error);
    process.send?.({ failed: String(error) });
  }
});
process.send?.("ready");
