import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchSignals } from "../../src/run/stop-signals.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

test("signals that come shortly after the first are the same wish, and a later one ends at once", () => {
  const signals = new EventEmitter();
  const end = vi.fn();
  const stopping = watchSignals(end, signals);
  vi.advanceTimersByTime(60_000);
  signals.emit("SIGINT");
  expect(stopping.signal.reason).toBe("SIGINT");
  for (const repeat of ["SIGINT", "SIGTERM", "SIGHUP"]) signals.emit(repeat);
  vi.advanceTimersByTime(1_900);
  signals.emit("SIGTERM");
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  signals.emit("SIGINT");
  expect(end).toHaveBeenCalledOnce();
});

test("whoever stopped by itself is not ended by the first signal", () => {
  const signals = new EventEmitter();
  const end = vi.fn();
  const stopping = watchSignals(end, signals);
  stopping.abort();
  signals.emit("SIGTERM");
  expect(end).not.toHaveBeenCalled();
});
