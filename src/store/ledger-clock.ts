/**
 * The database's clock as this process knows it. Tickets bear times that others check; a process whose own
 * clock is wrong would be refused by every service, and refuse every portal.
 */
export interface LedgerClock {
  /** Milliseconds since the epoch; the process's own clock until something was learnt. */
  now(): number;
  /** The database said that it is `ledgerNow`, at some time between asking and answer by our own clock. */
  learn(ledgerNow: number, askedAt: number, answeredAt: number): void;
}

/** An answer that took longer says too little. */
const longestAnswerMs = 2_000;

export function createLedgerClock(own: () => number = Date.now): LedgerClock {
  let offsetMs = 0;
  return {
    now: () => own() + offsetMs,
    learn(ledgerNow, askedAt, answeredAt) {
      const tookMs = answeredAt - askedAt;
      if (tookMs < 0 || tookMs > longestAnswerMs) return;
      offsetMs = ledgerNow - (askedAt + tookMs / 2);
    },
  };
}
