import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Registry as Services } from "./domain/registry.ts";
import type { FlowMetrics } from "./flows/context.ts";
import type { HttpMetrics } from "./http/context.ts";
import type { LimitName } from "./http/limits/limits.ts";
import { createDatabaseGauges } from "./metrics/database-gauges.ts";
import type { Gauges } from "./store/gauges.ts";

export interface Metrics extends FlowMetrics, HttpMetrics {}

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
  const exports = new Histogram({
    name: "takeout_export_duration_seconds",
    help: "Time from the submission of an export to its end, whatever it came to.",
    labelNames: [],
    buckets: [1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400, 259_200],
    registers,
  });
  const refresh = createDatabaseGauges(registry, options);
  return {
    requestServed: (operation, status, seconds) => requests.observe({ operation, status }, seconds),
    requestLimited: (limit) => limited.inc({ limit }),
    serviceCalled: (service, call, outcome, seconds) =>
      calls.observe({ service, call, outcome }, seconds),
    deletionClosed: (seconds) => deletions.observe(seconds),
    exportClosed: (seconds) => exports.observe(seconds),
    async render() {
      await refresh();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
