import type { Part } from "../../src/domain/part.ts";
import { createRegistry, type Registry, type ServiceRules } from "../../src/domain/registry.ts";

export function partOf(fields: Partial<Part> = {}): Part {
  return {
    categoryId: "1",
    service: "realty",
    state: "due",
    attempt: 0,
    failures: 0,
    asks: 0,
    dueAt: 0,
    leasedUntil: null,
    parkedAt: null,
    closedAt: null,
    outcome: null,
    retainedUntil: null,
    reason: null,
    errorCode: null,
    ...fields,
  };
}

export function rulesOf(fields: Partial<ServiceRules> = {}): ServiceRules {
  return {
    name: "realty",
    categories: ["1", "2"],
    export: true,
    completion: "report",
    after: [],
    attempts: 3,
    backoff: { firstMs: 1_000, maxMs: 60_000 },
    timeout: { statusMs: 1_000, deleteMs: 10_000, exportMs: 30_000 },
    reportWithinMs: 3_600_000,
    concurrency: 16,
    ...fields,
  };
}

export function registryOf(...services: readonly Partial<ServiceRules>[]): Registry {
  return createRegistry({
    categories: [
      { id: "1", slug: "favorites" },
      { id: "2", slug: "subscriptions" },
    ],
    services: services.map(rulesOf),
  });
}
