import type { Part } from "./part.ts";

/** Why an open part does not go on (contract 10). */
export const stuckReasons = [
  "waits_report",
  "waits_service",
  "breaker_open",
  "paused",
  "unconfigured",
  "failing",
  "waits_predecessor",
] as const;
export type StuckReason = (typeof stuckReasons)[number];

/** What is known of the part's service. */
export interface StuckService {
  /** Whether the configuration gives the part's category to it. */
  readonly isConfigured: boolean;
  readonly isPaused: boolean;
  readonly isBreakerOpen: boolean;
}

/**
 * Why an open part waits. A part that is parked is one that could be called but for its service; what an operator
 * did comes before what befell the service.
 */
export function stuckReason(
  part: Pick<Part, "state" | "failures"> & { readonly isParked: boolean },
  service: StuckService,
): StuckReason {
  if (!service.isConfigured) return "unconfigured";
  if (part.state === "waiting") return "waits_predecessor";
  if (part.isParked) {
    if (service.isPaused) return "paused";
    return service.isBreakerOpen ? "breaker_open" : "waits_service";
  }
  if (part.state === "accepted") return "waits_report";
  return part.failures > 0 ? "failing" : "waits_service";
}
