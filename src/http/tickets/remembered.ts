import { createBoundedKeys } from "../../domain/bounded-keys.ts";

/** Tickets that were found good, each until it expires; one that was not seen again for longest goes first. */
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
  const tokens = createBoundedKeys(capacity, (token) => void entries.delete(token));
  const forget = (token: string) => {
    entries.delete(token);
    tokens.drop(token);
  };
  return {
    find(token) {
      const entry = entries.get(token);
      if (entry === undefined) return undefined;
      if (entry.validUntilMs <= now()) {
        forget(token);
        return undefined;
      }
      tokens.see(token);
      return entry.value;
    },
    add(token, value, validUntilMs) {
      if (capacity < 1 || token.length > longestToken) return;
      tokens.see(token);
      entries.set(token, { value, validUntilMs });
    },
    forget,
    size: () => entries.size,
  };
}
