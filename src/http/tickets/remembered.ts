/** Tickets that were found good, each until it expires; the least recently seen goes first. */
export interface Remembered<T> {
  find(token: string): T | undefined;
  add(token: string, value: T, validUntilMs: number): void;
  forget(token: string): void;
  /** How many are held at the moment. */
  size(): number;
}

/** Longer ones are checked each time: the memory that a full store takes is bounded by this and its size. */
const longestToken = 2 * 1024;

/**
 * Remembers by the whole string: who shows the same string shows the same ticket. Refusals are never remembered.
 *
 * @param capacity - the most tickets held.
 */
export function rememberTickets<T>(capacity: number, now: () => number): Remembered<T> {
  const entries = new Map<string, { value: T; validUntilMs: number }>();
  return {
    find(token) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      entries.delete(token);
      if (entry.validUntilMs <= now()) return undefined;
      entries.set(token, entry); // a Map keeps the order of insertion, so this makes it the newest
      return entry.value;
    },
    add(token, value, validUntilMs) {
      if (capacity < 1 || token.length > longestToken) return;
      entries.delete(token);
      if (entries.size >= capacity) entries.delete(entries.keys().next().value as string);
      entries.set(token, { value, validUntilMs });
    },
    forget: (token) => void entries.delete(token),
    size: () => entries.size,
  };
}
