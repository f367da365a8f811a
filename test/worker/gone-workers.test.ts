import { expect, test } from "vitest";
import { createGoneWorkers } from "../../src/worker/gone-workers.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** What is taken up, and what each try comes to. */
function start(ends: readonly ("done" | "left" | "away")[]) {
  const tries: (readonly string[])[] = [];
  const gone = createGoneWorkers(async (workerIds) => {
    const end = ends[tries.length] ?? "done";
    tries.push(workerIds);
    if (end === "away") throw new Error("away");
    return end === "done";
  }, silent);
  const attend = async () => {
    gone.attend();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { gone, tries, attend };
}

test("what gone workers left is tried again while the ledger is away or a row is held, and then no more", async () => {
  const { gone, tries, attend } = start(["away", "left", "done"]);
  gone.add(["one"]);
  for (let at = 0; at < 6; at += 1) await attend();
  expect(tries).toEqual([["one"], ["one"], ["one"]]);
});

test("those who go while it is at it are seen to next, and nothing is tried twice at once", async () => {
  const { gone, tries, attend } = start([]);
  gone.add(["one"]);
  gone.attend();
  gone.attend();
  gone.add(["two"]);
  expect(tries).toHaveLength(1);
  await attend();
  await attend();
  expect(tries).toEqual([["one"], ["two"]]);
});
