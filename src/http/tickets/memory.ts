/** Remembers what has been verified, by the whole ticket: bounded, and never past its time. */
export interface TicketMemory<T> {
  find(ticket: string): T | undefined;
  remember(ticket: string, value: T, validUntilMs: number): void;
}

/** @param options.size - at most so many; the one used longest ago goes first. */
export function createTicketMemory<T>(options: {
  readonly size: number;
  readonly now: () => number;
}): TicketMemory<T> {
  const entries = new Map<string, { readonly value: T; readonly validUntilMs: number }>();
  return {
    find(ticket) {
      const entry = entries.get(ticket);
      if (!entry) return undefined;
      entries.delete(ticket);
      if (entry.validUntilMs <= options.now()) return undefined;
      entries.set(ticket, entry); // a Map keeps the order of insertion: the newest use is last
      return entry.value;
    },
    remember(ticket, value, validUntilMs) {
      const [oldest] = entries.keys();
      if (entries.size >= options.size && oldest !== undefined) entries.delete(oldest);
      entries.set(ticket, { value, validUntilMs });
    },
  };
}
