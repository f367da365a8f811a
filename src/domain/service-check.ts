/** What the way to a service and back was found to be like. */
export interface ServiceCheck {
  readonly service: string;
  readonly isReachable: boolean;
  /** What went wrong first; `null`: nothing. */
  readonly error: string | null;
  /** Whether the service accepts the hub's tickets. */
  readonly hubTicket: "accepted" | "refused" | "unknown";
  /** Whether the hub accepts the service's, as its report shows. */
  readonly serviceTicket: "accepted" | "no_report" | "not_expected" | "unknown";
  /** How far the service's clock is ahead of the database's, to a second. */
  readonly clockDifferenceMs: number | null;
  /** Configured categories that the service did not speak of. */
  readonly missingCategories: readonly string[];
}

/** Tickets bear no more (contract 3), and a `Date` header is cut to seconds. */
const mostDifferenceMs = 30_000 + 1_000;

/** Whether deletions can be expected to work. */
export function isCheckOk(check: ServiceCheck): boolean {
  const { hubTicket, serviceTicket, clockDifferenceMs, missingCategories } = check;
  return (
    hubTicket === "accepted" &&
    (serviceTicket === "accepted" || serviceTicket === "not_expected") &&
    missingCategories.length === 0 &&
    Math.abs(clockDifferenceMs ?? 0) <= mostDifferenceMs
  );
}
