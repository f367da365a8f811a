/**
 * How many calls to each service this process makes at once: a slow service fills its own slots and
 * nobody else's (rule 8). Per process; never waited for: who finds none comes back later.
 */
export interface Slots {
  hasRoom(service: string): boolean;
  take(service: string): Slot;
}

export interface Slot {
  release(): void;
}

export function createSlots(
  services: readonly { readonly name: string; readonly concurrency: number }[],
): Slots {
  const limits = new Map(services.map(({ name, concurrency }) => [name, concurrency]));
  const taken = new Map<string, number>();
  const count = (service: string) => taken.get(service) ?? 0;
  return {
    hasRoom: (service) => count(service) < (limits.get(service) ?? 0),
    take(service) {
      taken.set(service, count(service) + 1);
      let isHeld = true;
      return {
        release() {
          if (!isHeld) return;
          isHeld = false;
          taken.set(service, count(service) - 1);
        },
      };
    },
  };
}
