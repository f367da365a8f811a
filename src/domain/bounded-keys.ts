/** Keys of which only so many are held; one that was not seen again for longest has to go for a new one. */
export interface BoundedKeys {
  /** Notes that a key was seen. */
  see(key: string): void;
  /** Gives a key's place to whichever comes next; nobody is told. */
  drop(key: string): void;
  has(key: string): boolean;
  size(): number;
}

/**
 * The clock algorithm: a hand goes round the slots, spares a key that was seen since its last round, and takes the
 * slot of the first that was not. A Map in order of insertion would do the same, but finding its first key costs
 * as much as it has lost entries, which under a flood of new keys is a scan of the whole table each time.
 *
 * @param capacity - the most keys held; at least one.
 * @param onForgotten - told which key went.
 */
export function createBoundedKeys(
  capacity: number,
  onForgotten: (key: string) => void,
): BoundedKeys {
  const slots: string[] = [];
  const slotOf = new Map<string, number>();
  const isSeenAgain = new Uint8Array(capacity);
  const free: number[] = [];
  let hand = 0;

  const takeSlot = (): number => {
    while (isSeenAgain[hand] === 1) {
      isSeenAgain[hand] = 0;
      hand = (hand + 1) % capacity;
    }
    const slot = hand;
    hand = (hand + 1) % capacity;
    const forgotten = slots[slot] as string;
    slotOf.delete(forgotten);
    onForgotten(forgotten);
    return slot;
  };

  return {
    see(key) {
      const known = slotOf.get(key);
      if (known !== undefined) {
        isSeenAgain[known] = 1;
        return;
      }
      const slot = free.pop() ?? (slots.length < capacity ? slots.length : takeSlot());
      slots[slot] = key;
      slotOf.set(key, slot);
    },
    drop(key) {
      const slot = slotOf.get(key);
      if (slot === undefined) return;
      slotOf.delete(key);
      slots[slot] = "";
      isSeenAgain[slot] = 0;
      free.push(slot);
    },
    has: (key) => slotOf.has(key),
    size: () => slotOf.size,
  };
}
