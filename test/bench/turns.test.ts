import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Participant, takeTurns } from "./turns.ts";

function recorder() {
  const log: string[] = [];
  const participant =
    (name: string, pauses: number): Participant<string> =>
    async (watch) => {
      for (let left = pauses; left > 0; left -= 1) await turn();
      log.push(`${name} is ready`);
      const result = await watch(async () => {
        log.push(`${name} begins`);
        for (let left = pauses; left > 0; left -= 1) await turn();
        log.push(`${name} ends`);
        return name;
      });
      log.push(`${name} looks back`);
      return result;
    };
  return { log, participant };
}

test("all are ready before the first is loaded, and loads come one after another", async () => {
  const { log, participant } = recorder();
  expect(await takeTurns([participant("a", 1), participant("b", 9), participant("c", 4)])).toEqual([
    ...["a", "b", "c"],
  ]);
  expect(log.slice(0, 3).toSorted()).toEqual(["a is ready", "b is ready", "c is ready"]);
  const loads = ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]);
  expect(log.slice(3, 9)).toEqual(loads);
});

test("nobody looks back before the last has been loaded", async () => {
  const { log, participant } = recorder();
  await takeTurns([participant("a", 0), participant("b", 9)]);
  expect(log.indexOf("a looks back")).toBeGreaterThan(log.indexOf("b ends"));
});

test("who fails is not waited for, wherever that is, and is told of when the others have ended", async () => {
  const { log, participant } = recorder();
  const unready: Participant<string> = () => Promise.reject(new Error("no table"));
  const unloaded: Participant<string> = (watch) =>
    watch(() => Promise.reject(new Error("no answer")));
  await expect(takeTurns([unready, participant("a", 2)])).rejects.toThrow("no table");
  await expect(takeTurns([unloaded, participant("b", 2)])).rejects.toThrow("no answer");
  expect(log).toContain("a looks back");
  expect(log).toContain("b looks back");
});
