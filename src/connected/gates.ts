import {
  afterFailure,
  afterSuccess,
  type Breaker,
  mayProbe,
  roomOf,
  untouched,
} from "../domain/breaker.ts";
import type { ServiceState } from "../domain/service-state.ts";

/**
 * What this process may call just now: for each service a breaker, as the ledger knows it, and a number of
 * calls at once (rule 8). Both keep a service that is slow or down from costing the others anything.
 *
 * The number is per process; the breaker is everybody's, and learnt from the ledger about once a second.
 */
export interface Gates {
  /** `held`: not to be called now, or others have waited longer: who is there parks. */
  access(service: string): "free" | "full" | "held";
  /** Takes room whether there is any or not; to be asked before, without a pause in between. */
  take(service: string): Slot;
  /** In the order of asking. Resolves to `null` when it was cancelled first. */
  waitForRoom(service: string, cancelled: AbortSignal): Promise<Slot | null>;
  /** How many more calls may begin. */
  spare(service: string): number;
  /** Services that have parked parts, and room for them. */
  listWithRoom(): readonly string[];
  isOpen(service: string): boolean;
  /** @returns true when this failure opens the breaker: the ledger is to be told. */
  note(service: string, deletionId: string, isFailure: boolean): boolean;
  /** What the ledger says; what this process alone knows stays. */
  learn(states: readonly ServiceState[], now: number): void;
  /** Whether parts are known to be parked; the ledger's word comes every second anyway. */
  noteBacklog(service: string, hasBacklog: boolean): void;
  /** Open breakers whose next probe is due. */
  probesDue(): readonly string[];
  /** Called when there is room for a service with parked parts; one listener. */
  onRoom(listener: ((service: string) => void) | null): void;
}

export interface Slot {
  release(): void;
}

interface Gate {
  readonly concurrency: number;
  readonly waiting: Set<(slot: Slot) => void>;
  breaker: Breaker;
  taken: number;
  isPaused: boolean;
  hasBacklog: boolean;
}

/** A breaker that this process has just opened is not closed again by what the ledger said before. */
const ownOpeningMs = 2_000;

export function createGates(
  services: readonly { readonly name: string; readonly concurrency: number }[],
  now: () => number = () => performance.now(),
): Gates {
  const gates = new Map(services.map(({ name, concurrency }) => [name, newGate(concurrency)]));
  let listener: ((service: string) => void) | null = null;
  const gateOf = (service: string): Gate => {
    const gate = gates.get(service);
    if (!gate) throw new Error(`no such service: ${service}`);
    return gate;
  };
  const spareOf = (gate: Gate) =>
    gate.isPaused ? 0 : Math.max(0, roomOf(gate.breaker, gate.concurrency, now()) - gate.taken);

  const take = (gate: Gate, service: string): Slot => {
    gate.taken += 1;
    let isHeld = true;
    return {
      release() {
        if (!isHeld) return;
        isHeld = false;
        gate.taken -= 1;
        offer(gate, service);
      },
    };
  };

  /** Gives room to those who wait for it here, then to what is parked. */
  const offer = (gate: Gate, service: string) => {
    for (const give of gate.waiting) {
      if (spareOf(gate) === 0) return;
      gate.waiting.delete(give);
      give(take(gate, service));
    }
    if (gate.hasBacklog && spareOf(gate) > 0) listener?.(service);
  };

  return {
    access(service) {
      const gate = gateOf(service);
      if (gate.isPaused || gate.breaker.state === "open") return "held";
      if (spareOf(gate) > 0) return "free";
      return gate.hasBacklog ? "held" : "full";
    },
    take: (service) => take(gateOf(service), service),
    waitForRoom(service, cancelled) {
      const gate = gateOf(service);
      return new Promise((resolve) => {
        const cancel = () => {
          gate.waiting.delete(give);
          resolve(null);
        };
        const give = (slot: Slot) => {
          cancelled.removeEventListener("abort", cancel);
          resolve(slot);
        };
        if (cancelled.aborted) return resolve(null);
        cancelled.addEventListener("abort", cancel, { once: true });
        gate.waiting.add(give);
        offer(gate, service);
      });
    },
    spare: (service) => spareOf(gateOf(service)),
    listWithRoom: () =>
      [...gates]
        .filter(([, gate]) => gate.hasBacklog && spareOf(gate) > 0)
        .map(([service]) => service),
    isOpen: (service) => gates.get(service)?.breaker.state === "open",
    note(service, deletionId, isFailure) {
      const gate = gateOf(service);
      const before = gate.breaker;
      gate.breaker = isFailure ? afterFailure(before, deletionId, now()) : afterSuccess(before);
      return before.state === "closed" && gate.breaker.state === "open";
    },
    learn(states, ledgerNow) {
      // Instants of the database become our own, whatever either clock shows.
      const shift = now() - ledgerNow;
      for (const state of states) {
        const gate = gates.get(state.service);
        if (!gate) continue;
        gate.breaker = learnt(gate.breaker, state, shift, now());
        gate.isPaused = state.isPaused;
        gate.hasBacklog = state.hasBacklog;
        offer(gate, state.service);
      }
    },
    noteBacklog(service, hasBacklog) {
      const gate = gates.get(service);
      if (gate) gate.hasBacklog = hasBacklog;
    },
    probesDue: () =>
      [...gates]
        .filter(([, gate]) => !gate.isPaused && mayProbe(gate.breaker, now()))
        .map(([service]) => service),
    onRoom(next) {
      listener = next;
    },
  };
}

function newGate(concurrency: number): Gate {
  const waiting = new Set<(slot: Slot) => void>();
  return {
    concurrency,
    waiting,
    breaker: untouched,
    taken: 0,
    isPaused: false,
    hasBacklog: false,
  };
}

function learnt(own: Breaker, state: ServiceState, shift: number, now: number): Breaker {
  const since = state.since === null ? Number.NEGATIVE_INFINITY : state.since + shift;
  if (state.breaker === "open") {
    return { state: "open", since, probeAt: (state.probeAt ?? 0) + shift };
  }
  if (own.state === "closed") return { ...own, since };
  const isOlder = since < own.since && now - own.since < ownOpeningMs;
  return isOlder ? own : { ...untouched, since };
}
