import type { ShownService } from "../../../domain/shown.ts";
import { instant } from "./deletion-wire.ts";

/** A service in the contract's words. */
export function serviceToWire(shown: ShownService) {
  const { service, isConfigured, pausedAt, breaker, breakerSince, backlog } = shown;
  return {
    service,
    health: healthOf(shown),
    is_configured: isConfigured,
    ...(pausedAt !== null && { paused_at: instant(pausedAt) }),
    breaker: { state: breaker, ...(breakerSince !== null && { since: instant(breakerSince) }) },
    backlog,
  };
}

/** What an operator did comes before what befell the service. */
function healthOf({ pausedAt, breaker, backlog }: ShownService) {
  if (pausedAt !== null) return "paused";
  if (breaker === "open") return "breaker_open";
  return backlog.failing > 0 ? "failing" : "ok";
}
