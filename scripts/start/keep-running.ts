import { setTimeout as pause } from "node:timers/promises";
import { type Child, type ChildOptions, startChild } from "./child.ts";

const firstPauseMs = 500;
const longestPauseMs = 10_000;
const soundAfterMs = 30_000;

/** Runs a program and starts it again whenever it ends, at growing intervals, until disposed. */
export function keepRunning(
  options: ChildOptions,
  say: (line: string) => void,
): AsyncDisposable & Child {
  const stopping = new AbortController();
  const first = startChild(options);
  let current: Child = first;
  const supervise = async () => {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const startedAt = Date.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > soundAfterMs) pauseMs = firstPauseMs;
      say(`${how}, starting it again in ${pauseMs} ms`);
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      current = startChild(options);
    }
  };
  const supervision = supervise();
  const dispose = async () => {
    stopping.abort();
    await current[Symbol.asyncDispose]();
    await supervision;
  };
  return { name: first.name, ended: first.ended, [Symbol.asyncDispose]: dispose };
}
