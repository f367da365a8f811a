// Preloaded (--import) into the process that is profiled: it records between two messages of its parent, so that
// neither its start nor its warm-up is in the profile.
import { Session } from "node:inspector/promises";

export type ToRecorder = "profile-start" | "profile-stop";
/** The profile as V8 gives it. */
export interface FromRecorder {
  readonly profile: object | null;
}

const sampleEveryMicros = 500;
const session = new Session();
session.connect();

process.on("message", (message: ToRecorder) => {
  if (message === "profile-start") void start().then(() => answer({ profile: null }));
  if (message === "profile-stop") void stop().then(answer);
});
process.channel?.unref();

async function start(): Promise<void> {
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: sampleEveryMicros });
  await session.post("Profiler.start");
}

async function stop(): Promise<FromRecorder> {
  return await session.post("Profiler.stop");
}

function answer(message: FromRecorder): void {
  process.send?.(message);
}
