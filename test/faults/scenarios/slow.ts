import { always } from "../always.ts";
import type { Outage } from "../outage/outage.ts";
import { playSlow, type SlowPlan, slowFigures } from "../outage/slow.ts";
import type { Scenario } from "../scenario.ts";

const workers = 2;
const concurrency = 4;
/** Less than the room of the slow one lets through, or its line would never end. */
const perSecond = 10;
const plan: SlowPlan = {
  service: "service-1",
  warmUpMs: 15_000,
  backlog: 2_000,
  slowMs: 60_000,
};
const fillingMs = (1_000 * plan.backlog) / perSecond;
const wholeMs = plan.warmUpMs + fillingMs + plan.slowMs + 40_000;

let played: Outage | null = null;
const outage = () => {
  if (!played) throw new Error("it was not played to its end");
  return played;
};

export const scenario: Scenario = {
  order: 10,
  name: "slow",
  fault: "2,000 parts stand in line before a service that takes its time for each call",
  mustShow: "the others do not notice, and the slow one is called as often as its room allows",
  setup: {
    services: 3,
    categories: ["1"],
    processes: { up: workers },
    service: { timeout: { delete: "10s", status: "1s" } },
    named: { [plan.service]: { concurrency } },
  },
  mood: "well",
  load: {
    deletions: Math.round((perSecond * wholeMs) / 1_000),
    concurrency: 8,
    perSecond,
    categories: ["1"],
  },
  strike: async (act) => {
    played = await playSlow(plan, scenario, act);
  },
  strikesUntil: "done",
  figures: [...slowFigures(outage, concurrency * workers), ...always],
};
