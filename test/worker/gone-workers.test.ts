import { expect, test } from "vitest";
import { createGoneWorkers, type GoneWorker } from "../../src/worker/gone-workers.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const goneAs = (workerId: string): GoneWorker => ({ workerId, goneAt: "2026-01-02 03:04:05+00" });

/** What is taken up, and what each try comes to. */
function start(ends: readonly ("done" | "left" | "away")[]) {
  const tries: (readonly string[])[] = [];
  const gone = createGoneWorkers(async (workerIds) => {
    const end = ends[tries.length] ?? "done";
    tries.push(workerIds);
    if (end === "away") throw new Error("away");
    return end === "done";
  }, silent);
  const attend = async (...workerIds: string[]) => {
    const done = gone.attend(workerIds.map(goneAs));
    await new Promise((resolve) => setImmediate(resolve));
    return done.map(({ workerId }) => workerId);
  };
  return { gone, tries, attend };
}

test("what gone workers left is tried again while the ledger is away or a row is held, and then said to be done once", async () => {
  const { tries, attend } = start(["away", "left", "done"]);
  const done = [];
  for (let at = 0; at < 4; at += 1) done.push(await attend("one"));
  expect(done).toEqual([[], [], [], ["one"]]);
  expect(tries).toEqual([["one"], ["one"], ["one"]]);
  expect(await attend()).toEqual([]);
});

test("those who go while it is at it are seen to next, and nothing is tried twice at once", async () => {
  const { gone, tries, attend } = start([]);
  gone.attend([goneAs("one")]);
  gone.attend([goneAs("one")]);
  expect(tries).toHaveLength(1);
  expect(await attend("one", "two")).toEqual([]);
  expect(await attend("one", "two")).toEqual(["one"]);
  expect(await attend("two")).toEqual(["two"]);
  expect(tries).toEqual([["one"], ["two"]]);
});
