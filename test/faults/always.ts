import type { Figure } from "./scenario.ts";
import { countDeletedUncalled, countOpen, countRefusedCalls } from "./seen.ts";

/** What every scenario must show, whatever befell it. */
export const always: readonly Figure[] = [
  { name: "deletions", limit: { atLeast: 1 }, of: ({ history }) => history.deletions.length },
  { name: "calls", limit: { atLeast: 1 }, of: ({ history }) => history.calls.length },
  { name: "deletions left open", limit: { atMost: 0 }, of: countOpen },
  { name: "requests never answered for certain", limit: { atMost: 0 }, of: (seen) => seen.givenUp },
  { name: "parts deleted without a call", limit: { atMost: 0 }, of: countDeletedUncalled },
  { name: "calls without the hub's ticket", limit: { atMost: 0 }, of: countRefusedCalls },
  { name: "processes that ended on their own", limit: { atMost: 0 }, of: (seen) => seen.crashes },
  { name: "errors that nobody caught", limit: { atMost: 0 }, of: (seen) => seen.uncaught },
];
