import type { Figure } from "./scenario.ts";
import { countOpen, countRefusedCalls, countUncalled } from "./seen.ts";

/** What every scenario must show, whatever befell it. */
export const always: readonly Figure[] = [
  { name: "deletions", limit: { atLeast: 1 }, of: (seen) => seen.statistics.deletions },
  { name: "calls", limit: { atLeast: 1 }, of: (seen) => seen.statistics.calls },
  { name: "deletions left open", limit: { atMost: 0 }, of: countOpen },
  { name: "requests never answered for certain", limit: { atMost: 0 }, of: (seen) => seen.givenUp },
  { name: "parts done without a call", limit: { atMost: 0 }, of: countUncalled },
  { name: "calls without the hub's ticket", limit: { atMost: 0 }, of: countRefusedCalls },
  { name: "processes that ended on their own", limit: { atMost: 0 }, of: (seen) => seen.crashes },
  { name: "errors that nobody caught", limit: { atMost: 0 }, of: (seen) => seen.uncaught },
];

/** Rule 7, of workers that were killed. */
export const resumes: readonly Figure[] = [
  {
    name: "parts that killed workers held",
    limit: { atLeast: 20 },
    of: (seen) => seen.statistics.resumes.count,
  },
  {
    name: "resume, median",
    unit: "s",
    limit: { atMost: 5 },
    of: (seen) => seen.statistics.resumes.p50 / 1_000,
  },
  {
    name: "resume, p99",
    unit: "s",
    limit: { atMost: 10 },
    of: (seen) => seen.statistics.resumes.p99 / 1_000,
  },
];
