import { always } from "../always.ts";
import { outageFigures } from "../outage/figures.ts";
import { type Outage, type Plan, playOutage } from "../outage/outage.ts";
import type { Scenario } from "../scenario.ts";

const workers = 3;
/** Fifty calls each, and every second one answered by a report: two cores are far from busy with it. */
const perSecond = 1;
const named = (numbers: readonly number[]) => numbers.map((number) => `service-${number}`);
const plan: Plan = {
  warmUpMs: 20_000,
  baselineMs: 75_000,
  brokenMs: 90_000,
  recoveryMs: 50_000,
  blackHoles: named([1, 2, 3, 4, 5]),
  failing: named([6, 7, 8, 9, 10]),
  silent: named([4, 5]),
  silentMs: 5_000,
};
/** Till the hub beside it runs, that no fault befalls. */
const startMs = 20_000;
const wholeMs = startMs + plan.warmUpMs + plan.baselineMs + plan.brokenMs + plan.recoveryMs;

let played: Outage | null = null;
const outage = () => {
  if (!played) throw new Error("the outage was not played to its end");
  return played;
};

export const scenario: Scenario = {
  order: 9,
  name: "services",
  fault:
    "Of 50 services 5 answer nothing for a minute and a half and 5 answer 500, then all are well again",
  mustShow:
    "the other 40 do not notice, the broken ones are only probed and cost no attempts, and what waited " +
    "for them is called within seconds of their recovery",
  setup: {
    services: 50,
    categories: ["1"],
    processes: { serve: 1, up: workers },
    // What failed before the breaker opened waits long: at the recovery much of it still waits.
    service: { timeout: { delete: "10s", status: "1s" }, backoff: { first: "5m", max: "10m" } },
  },
  mood: "well",
  load: {
    deletions: Math.round((perSecond * wholeMs) / 1_000),
    concurrency: 8,
    perSecond,
    categories: ["1"],
  },
  strike: async (act) => {
    played = await playOutage(plan, scenario, act);
  },
  strikesUntil: "done",
  figures: [...outageFigures({ outage, workers, timeoutMs: 10_000 }), ...always],
};
