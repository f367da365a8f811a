import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Registry as Services } from "./domain/registry.ts";
import type { FlowMetrics } from "./flows/context.ts";
import type { HttpMetrics } from "./http/context.ts";
import type { LimitName } from "./http/limits/limits.ts";
import type { Gauges } from "./store/gauges.ts";

export interface Metrics extends FlowMetrics, HttpMetrics {}

/** How old the gauges of the database may be; contract 11 allows a minute. */
const gaugesFreshMs = 15_000;

/** Shown from the start, at nought, so that a first refusal is seen as a rise. */
const limitNames = ["portal", "user", "service"] as const satisfies readonly LimitName[];

/** The metrics of contract 11. Labels name services and categories, never a user. */
export function createMetrics(options: {
  readonly services: Services;
  readonly readGauges: () => Promise<Gauges>;
}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "takeout_http_request_duration_seconds",
    help: "Time to answer a request, by operation and HTTP status.",
    labelNames: ["operation", "status"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const limited = new Counter({
    name: "takeout_http_rate_limited_total",
    help: "Requests refused because they came too often, by the limit that was reached.",
    labelNames: ["limit"],
    registers,
  });
  for (const limit of limitNames) limited.inc({ limit }, 0);
  const calls = new Histogram({
    name: "takeout_service_call_duration_seconds",
    help: "Time a connected service took, by call and what came of it.",
    labelNames: ["service", "call", "outcome"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const deletions = new Histogram({
    name: "takeout_deletion_duration_seconds",
    help: "Time from the acceptance of a deletion to the closing of its last part.",
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400, 604_800, 2_592_000],
    registers,
  });
  const refresh = createDatabaseGauges(registry, options);
  return {
    requestServed: (operation, status, seconds) => requests.observe({ operation, status }, seconds),
    requestLimited: (limit) => limited.inc({ limit }),
    serviceCalled: (service, call, outcome, seconds) =>
      calls.observe({ service, call, outcome }, seconds),
    deletionClosed: (seconds) => deletions.observe(seconds),
    async render() {
      await refresh();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** @returns a function that brings the gauges up to date; asked often, it reads the database rarely. */
function createDatabaseGauges(
  registry: Registry,
  options: { readonly services: Services; readonly readGauges: () => Promise<Gauges> },
): () => Promise<void> {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const parts = gauge("takeout_parts", "Parts of deletions, by state.", [
    "service",
    "category",
    "state",
  ]);
  const oldest = gauge("takeout_part_oldest_seconds", "Age of the oldest open part.", [
    "service",
    "category",
  ]);
  const stuck = gauge("takeout_parts_stuck", "Open parts older than stuck.warn_after.", [
    "service",
    "category",
  ]);
  const jobs = gauge("takeout_queue_jobs", "Jobs in the queue, by task.", ["task"]);
  const breakers = gauge("takeout_breaker_open", "1 while calls to the service are held back.", [
    "service",
  ]);
  const failures = new Counter({
    name: "takeout_gauges_failed_total",
    help: "How often the gauges could not be read, and older ones were shown.",
    registers,
  });

  const show = (read: Gauges) => {
    for (const metric of [parts, oldest, stuck, jobs]) metric.reset();
    const open = new Set(read.openBreakers);
    for (const { name, categories } of options.services.services) {
      breakers.set({ service: name }, open.has(name) ? 1 : 0);
      for (const category of categories) {
        oldest.set({ service: name, category }, 0);
        stuck.set({ service: name, category }, 0);
      }
    }
    for (const { service, categoryId: category, state, count, ...row } of read.parts) {
      parts.set({ service, category, state }, count);
      stuck.inc({ service, category }, row.stuck);
    }
    for (const [key, rows] of Map.groupBy(
      read.parts,
      (row) => `${row.service}\n${row.categoryId}`,
    )) {
      const [service = "", category = ""] = key.split("\n");
      oldest.set(
        { service, category },
        Math.max(...rows.map(({ oldestSeconds }) => oldestSeconds)),
      );
    }
    for (const { task, count } of read.jobs) jobs.set({ task }, count);
  };

  let freshUntil = 0;
  let reading: Promise<void> | null = null;
  return async () => {
    if (performance.now() < freshUntil) return;
    reading ??= options
      .readGauges()
      .then(show, () => failures.inc())
      .finally(() => {
        freshUntil = performance.now() + gaugesFreshMs;
        reading = null;
      });
    await reading;
  };
}
