/** A service as the ledger knows it; instants in ms of database time. */
export interface ServiceState {
  readonly service: string;
  readonly breaker: "closed" | "open";
  /** `null`: never opened. */
  readonly since: number | null;
  readonly probeAt: number | null;
  readonly isPaused: boolean;
  /** Whether parts of it are parked. */
  readonly hasBacklog: boolean;
}
