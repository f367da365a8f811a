import { Counter, Gauge, type Registry } from "prom-client";
import type { Registry as Services } from "../domain/registry.ts";
import type { Gauges } from "../store/gauges.ts";

/** How old the gauges of the database may be: as a rule, and at most, for contract 11 allows a minute. */
const gaugesFreshMs = 15_000;
const gaugesStaleMs = 45_000;

/** @returns a function that brings the gauges up to date; asked often, it reads the database rarely. */
export function createDatabaseGauges(
  registry: Registry,
  options: { readonly services: Services; readonly readGauges: () => Promise<Gauges> },
): () => Promise<void> {
  const show = createGauges(registry, options.services);
  const failures = new Counter({
    name: "takeout_gauges_failed_total",
    help: "How often the gauges could not be read, and older ones were shown.",
    registers: [registry],
  });
  let freshUntil = 0;
  let reading: Promise<void> | null = null;
  return async () => {
    if (performance.now() < freshUntil) return;
    const beganAt = performance.now();
    reading ??= options
      .readGauges()
      .then(show, () => failures.inc())
      .finally(() => {
        const now = performance.now();
        freshUntil = now + freshFor(now - beganAt);
        reading = null;
      });
    await reading;
  };
}

/** What takes long is read less often, so that watching never becomes a load of its own. */
function freshFor(tookMs: number): number {
  return Math.min(Math.max(gaugesFreshMs, tookMs * 20), gaugesStaleMs);
}

/** The gauges that are read from the database. @returns what shows new ones. */
function createGauges(registry: Registry, services: Services): (read: Gauges) => void {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const parts = gauge("takeout_parts", "Parts of deletions, by state.", [
    "service",
    "category",
    "state",
  ]);
  const ofOpenParts = Object.entries(openPartGauges).map(
    ([name, { help, of }]) => [gauge(name, help, ["service", "category"]), of] as const,
  );
  const jobs = gauge("takeout_queue_jobs", "Jobs in the queue, by task.", ["task"]);
  const late = gauge(
    "takeout_queue_late_seconds",
    "For how long the oldest job that is due has waited for a worker, by task.",
    ["task"],
  );
  const breakers = gauge("takeout_breaker_open", "1 while calls to the service are held back.", [
    "service",
  ]);
  const workers = gauge(
    "takeout_workers",
    "Worker processes that live, by the queue that they work.",
    ["queue"],
  );
  const watchAge = gauge(
    "takeout_stuck_watch_age_seconds",
    "Time since open parts were last measured against the thresholds of stuck.",
  );
  watchAge.remove(); // until it has a value

  const configured = services.services.flatMap(({ name: service, categories }) =>
    categories.map((category) => ({ service, category })),
  );
  return (read) => {
    const byPair = [...Map.groupBy(read.parts, pairOf).values()];
    parts.reset();
    // There from the start, so that the first failure is seen as a rise.
    for (const pair of configured) parts.set({ ...pair, state: "delete_failed" }, 0);
    for (const { service, categoryId: category, state, count } of read.parts) {
      parts.set({ service, category, state }, count);
    }
    for (const [metric, of] of ofOpenParts) {
      metric.reset();
      for (const pair of configured) metric.set(pair, 0);
      for (const rows of byPair) metric.set(labelsOf(rows), of(rows));
    }
    for (const metric of [jobs, late, breakers]) metric.reset();
    for (const { task, count, lateSeconds } of read.jobs) {
      jobs.set({ task }, count);
      late.set({ task }, lateSeconds);
    }
    const open = new Set(read.openBreakers);
    for (const { name } of services.services) {
      breakers.set({ service: name }, open.has(name) ? 1 : 0);
    }
    for (const { queue, count } of read.workers) workers.set({ queue }, count);
    if (read.watchAgeSeconds !== null) watchAge.set(read.watchAgeSeconds);
  };
}

type PartsRow = Gauges["parts"][number];
type Rows = readonly PartsRow[];

/** Gauges of (service, category), each made of the rows of its parts, which are one for each state. */
const openPartGauges: Readonly<
  Record<string, { readonly help: string; readonly of: (rows: Rows) => number }>
> = {
  takeout_part_oldest_seconds: {
    help: "Age of the oldest open part.",
    of: (rows) => Math.max(...rows.map((row) => row.oldestSeconds)),
  },
  takeout_parts_stuck: {
    help: "Open parts older than stuck.warn_after.",
    of: (rows) => sum(rows.map((row) => row.stuck)),
  },
  takeout_parts_alarmed: {
    help: "Open parts older than stuck.alarm_after.",
    of: (rows) => sum(rows.map((row) => row.alarmed)),
  },
  takeout_parts_forecast_missed: {
    help: "Open parts that will miss stuck.deadline, or have, at their service's pace.",
    of: (rows) => sum(rows.map((row) => row.forecastMissed)),
  },
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function pairOf({ service, categoryId }: PartsRow): string {
  return `${service}\n${categoryId}`;
}

function labelsOf([row]: Rows): { service: string; category: string } {
  return { service: row?.service ?? "", category: row?.categoryId ?? "" };
}
