import { expect, test } from "vitest";
import { type CpuProfile, listFunctions, listRooms, readTree } from "./tree.ts";

const frame = (functionName: string, url = "", lineNumber = -1) => {
  return { functionName, url, lineNumber };
};

/** Samples: 1 ms of the root, 2 of a flow, 3 of a package that it calls, 4 of the recorder, which is not asked for. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 4] },
    {
      id: 2,
      callFrame: frame("getStatus", "file:///hub/src/flows/get-status.ts", 9),
      children: [3],
    },
    { id: 3, callFrame: frame("query", "file:///hub/node_modules/postgres/src/index.js", 4) },
    { id: 4, callFrame: frame("start", "file:///hub/test/bench/profile/recorder.ts", 1) },
  ],
  samples: [1, 2, 3, 3, 4],
  timeDeltas: [1_000, 2_000, 1_000, 2_000, 4_000],
};
const tree = readTree(profile, "/hub");

test("a call has its own time and that of all that it called", () => {
  const [flow] = tree.children;
  expect(flow).toMatchObject({
    name: "getStatus",
    place: "src/flows/get-status.ts:10",
    self: 2,
    total: 5,
  });
  expect(tree.total).toBe(6);
});

test("what the recorder itself takes is left out", () => {
  expect(tree.children.map(({ name }) => name)).toEqual(["getStatus"]);
});

test("time is summed up by function, by room of the source and by package, the most first", () => {
  expect(listFunctions(tree).map(({ what }) => what)).toEqual([
    "query postgres/src/index.js:5",
    "getStatus src/flows/get-status.ts:10",
    "(root)",
  ]);
  expect(listRooms(tree)).toEqual([
    { what: "postgres", ms: 3 },
    { what: "src/flows", ms: 2 },
    { what: "(root)", ms: 1 },
  ]);
});
