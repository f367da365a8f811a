import { findCrowd } from "../../support/history/breakers.ts";
import type { ServiceCall } from "../../support/history/rows.ts";
import type { Figure } from "../scenario.ts";
import type { Seen } from "../seen.ts";
import type { Outage } from "./outage.ts";
import {
  backlogsOf,
  completions,
  completionsOfControl,
  isBehindBreaker,
  p95,
  probesOf,
  type Run,
  ratioToControl,
  readRun,
} from "./run.ts";

interface Options {
  /** Asked when it is over. */
  readonly outage: () => Outage;
  /** Processes that call services. */
  readonly workers: number;
  /** Of a delete call. */
  readonly timeoutMs: number;
}

/** What an outage is held to. */
export function outageFigures({ outage, workers, timeoutMs }: Options): Figure[] {
  const look = (of: (run: Run) => number) => (seen: Seen) => of(readRun(seen, outage()));
  const count = (of: (run: Run) => readonly unknown[]) => look((run) => of(run).length);
  const most = (of: (run: Run) => readonly number[]) => look((run) => Math.max(...of(run)));
  const fewest = (of: (run: Run) => readonly number[]) => look((run) => Math.min(...of(run)));
  const atLeast = (limit: number) => ({ limit: { atLeast: limit } });
  const atMost = (limit: number) => ({ limit: { atMost: limit } });
  const ms = { unit: "ms" };
  const times = { unit: "×" };
  const seconds = { unit: "s" };
  return [
    { name: "well parts before", ...atLeast(2_000), of: count(before) },
    { name: "well parts in the outage", ...atLeast(2_000), of: count(during) },
    { name: "and of a hub without faults", ...atLeast(2_000), of: count(duringOfControl) },
    { name: "p95 before", ...ms, ...atMost(10_000), of: look((run) => p95(before(run))) },
    { name: "p95 in the outage", ...ms, ...atMost(10_000), of: look((run) => p95(during(run))) },
    { name: "p95 in the outage, of the other hub's", ...times, ...atMost(1.2), of: look(ratio) },
    { name: "the same before: what chance does", ...times, ...atMost(2), of: look(ratioBefore) },
    { name: "the same, the first 10 s", ...times, ...atMost(2), of: look(ratioAtFirst) },
    { name: "the same, in the recovery", ...times, ...atMost(20), of: look(ratioAtLast) },
    { name: "p95 in the outage, of that before", ...times, ...atMost(3), of: look(ratioOverTime) },
    { name: "broken services whose breaker opened", ...atLeast(10), of: count(opened) },
    { name: "breakers of well services that opened", ...atMost(0), of: count(wronglyOpened) },
    { name: "probes of a broken service", ...atLeast(3), of: fewest(countProbes) },
    {
      name: "calls at once behind an open breaker",
      ...atMost(1),
      of: most((run) => probesOf(run).map((calls) => crowd(calls, timeoutMs))),
    },
    { name: "failures that opened a breaker", ...atMost(10 * workers), of: most(countFailures) },
    { name: "attempts burnt behind an open breaker", ...atMost(0), of: count(burnt) },
    { name: "parts in a backlog", ...atLeast(50), of: fewest(countBacklogs) },
    { name: "parts in it that had failed before", ...atLeast(10), of: count(hadFailed) },
    { name: "parts in it that waited for a report", ...atLeast(1), of: count(wereAccepted) },
    { name: "recovery to a backlog's first call", ...seconds, ...atMost(15), of: most(firsts) },
    { name: "recovery to its last call", ...seconds, ...atMost(120), of: most(lasts) },
    {
      name: "recovery to the last of what had failed",
      ...seconds,
      ...atMost(120),
      of: most((run) => hadFailed(run).map(({ after }) => after / 1_000)),
    },
    { name: "parts that did not end deleted", ...atMost(0), of: countUndeleted },
    { name: "metrics and statuses read", ...atLeast(50), of: count(answeredSights) },
    { name: "open breakers that a process did not show", ...atMost(0), of: count(neverShown) },
    { name: "breakers shown as open at the end", ...atMost(0), of: count(shownAtLast) },
    { name: "statuses that named others than the broken", ...atMost(0), of: count(oddStatuses) },
  ];
}

const before = (run: Run) => completions(run, run.baselineAt, run.brokenAt);
const during = (run: Run) => completions(run, run.brokenAt, run.wellAt);
const duringOfControl = (run: Run) => completionsOfControl(run, run.brokenAt, run.wellAt);
const ratio = (run: Run) => ratioToControl(run, run.brokenAt, run.wellAt);
const ratioBefore = (run: Run) => ratioToControl(run, run.baselineAt, run.brokenAt);
const ratioAtFirst = (run: Run) => ratioToControl(run, run.brokenAt, run.brokenAt + 10_000);
const ratioAtLast = (run: Run) => ratioToControl(run, run.wellAt, run.endedAt);
const ratioOverTime = (run: Run) => p95(during(run)) / p95(before(run));

const opened = (run: Run) => run.broken.filter((service) => run.windows.has(service));
const wronglyOpened = (run: Run) =>
  [...run.windows.keys()].filter((service) => !run.broken.includes(service));
const countProbes = (run: Run) => probesOf(run).map((calls) => calls.length);

/** A call that was never answered lasted until the hub gave it up. */
function crowd(calls: readonly ServiceCall[], timeoutMs: number): number {
  return findCrowd(
    calls.map(({ arrivedAt: from, answeredAt }) => ({ from, to: answeredAt ?? from + timeoutMs })),
  );
}

const failures = (run: Run) =>
  run.seen.history.events.filter(({ event }) => event.startsWith("attempt_failed"));
const countFailures = (run: Run) =>
  run.broken.map((name) => failures(run).filter(({ service }) => service === name).length);
const burnt = (run: Run) =>
  failures(run).filter(({ service, at }) => isBehindBreaker(run, service, at));

const countBacklogs = (run: Run) => backlogsOf(run).map((parts) => parts.length);
const hadFailed = (run: Run) =>
  backlogsOf(run).flatMap((parts) => parts.filter((part) => part.hadFailed));
const wereAccepted = (run: Run) =>
  backlogsOf(run).flatMap((parts) => parts.filter((part) => part.wasAccepted));
const secondsOf = (run: Run) =>
  backlogsOf(run).map((parts) => parts.map(({ after }) => after / 1_000));
const firsts = (run: Run) => secondsOf(run).map((all) => Math.min(...all));
const lasts = (run: Run) => secondsOf(run).map((all) => Math.max(...all));
const countUndeleted = ({ history }: Seen) =>
  history.parts.filter(({ state }) => state !== "deleted").length;

const answeredSights = (run: Run) =>
  run.sights.filter(({ open, unavailable }) => open !== null && unavailable !== null);
const urlsOf = (run: Run) => [...new Set(run.sights.map(({ url }) => url))];
const sightsIn = (run: Run, marginMs: number) =>
  run.sights.filter(({ at }) => at > run.brokenAt && at < run.wellAt - marginMs);

function neverShown(run: Run): string[] {
  return urlsOf(run).flatMap((url) => {
    const own = sightsIn(run, 0).filter((sight) => sight.url === url);
    const shown = new Set(own.flatMap(({ open }) => open ?? []));
    return run.broken.filter((service) => !shown.has(service));
  });
}

const shownAtLast = (run: Run) =>
  urlsOf(run).flatMap((url) => {
    const last = run.sights.findLast((sight) => sight.url === url);
    return last?.open ?? ["no answer"];
  });

const slowestStatusMs = 5_000;

function oddStatuses(run: Run) {
  const expected = run.broken.toSorted().join();
  return sightsIn(run, slowestStatusMs).filter(
    ({ unavailable }) => unavailable !== null && unavailable.toSorted().join() !== expected,
  );
}
