import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHooks } from "../../sdk/src/conformance/hooks.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a function that never ends holds up neither the run nor the hooks after it", async () => {
  const never = () => new Promise(() => {});
  const seeded: string[] = [];
  const hooks = createHooks({ restart: never, seed: ({ uid }) => seeded.push(uid) });
  const restarted = expect(hooks.restart?.()).rejects.toThrow(
    "the restart hook has not ended within 120 s",
  );
  const next = hooks.seed?.({ uid: "4001", category: "1", at: new Date(0) });
  await vi.advanceTimersByTimeAsync(120_000);
  await restarted;
  await next;
  expect(seeded).toEqual(["4001"]);
});

test("what a function throws is said", async () => {
  const hooks = createHooks({ seed: () => Promise.reject(new Error("no table")) });
  const seeded = hooks.seed?.({ uid: "4001", category: "1", at: new Date(0) });
  await expect(seeded).rejects.toThrow("the seed hook threw: Error: no table");
});
