import type { ConformanceReport } from "../run.ts";

/** A report as JSON. Members are only ever added. */
export function toJson(report: ConformanceReport): string {
  const { verdict, service, url, startedAt, durationMs, results } = report;
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const body = {
    verdict,
    service,
    url,
    started_at: startedAt.toISOString(),
    duration_ms: durationMs,
    counts,
    checks: results.map(({ name, duty, source, outcome, reason, breaches, durationMs }) => ({
      name,
      duty,
      source,
      outcome,
      ...(reason !== undefined && { reason }),
      duration_ms: durationMs,
      breaches: breaches.map(({ expected, happened, lookAt }) => ({
        expected,
        happened,
        look_at: lookAt,
      })),
    })),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}
