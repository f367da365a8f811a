import type { Slot } from "../connected/gates.ts";
import type { CallOutcome, Taken } from "./advance-deletion.ts";
import type { FlowContext } from "./context.ts";
import { createInbox } from "./inbox.ts";

type Arrival =
  | { readonly kind: "outcome"; readonly outcome: CallOutcome | null }
  | { readonly kind: "room"; readonly service: string; readonly slot: Slot }
  | { readonly kind: "impatience" };

/** What one drive waits for: what its calls came to, room at services, the end of its patience. */
export interface DriveArrivals {
  /** A call is under way from now on until what it came to is taken. */
  begin(call: Promise<CallOutcome | null>): void;
  /** Stands in line for room at each of these services, once at a time until what came is taken. */
  askForRoom(services: readonly string[]): void;
  /** Waits until something has come. */
  arrival(): Promise<void>;
  /** All that has come, for whoever uses it or gives it back. */
  take(): Taken;
  isPatient(): boolean;
  isCalling(): boolean;
  /** The deletion has closed: of calls that were merely accepted nothing is left to be recorded. */
  noteClosed(): void;
  /** Whether it has, and all calls have come to no more than that. */
  isSettled(): boolean;
  /** Leaves all lines. Resolves when no call is under way, and all room is given back. */
  end(): Promise<void>;
}

/** @param slots - room that the drive has already, by service. */
export function collectArrivals(
  context: Pick<FlowContext, "gates" | "patienceMs" | "acceptedWaitsMs">,
  slots: ReadonlyMap<string, Slot> = new Map(),
): DriveArrivals {
  const inbox = createInbox<Arrival>();
  const waits = waitForRoom(context, (service, slot) => inbox.put({ kind: "room", service, slot }));
  const impatience = setTimeout(() => inbox.put({ kind: "impatience" }), context.patienceMs);
  let isPatient = true;
  let isClosed = false;
  let underWay = 0;
  let accepted = 0;
  const isSettled = () => isClosed && accepted === underWay;
  for (const [service, slot] of slots) inbox.put({ kind: "room", service, slot });

  const take = (): Taken => {
    const arrived = inbox.take();
    const ended = arrived.filter((it) => it.kind === "outcome");
    const rooms = arrived.filter((it) => it.kind === "room");
    underWay -= ended.length;
    accepted = 0;
    for (const { service } of rooms) waits.forget(service);
    if (arrived.some(({ kind }) => kind === "impatience")) {
      isPatient = false;
      waits.end();
    }
    return {
      outcomes: ended.flatMap(({ outcome }) => outcome ?? []),
      slots: new Map(rooms.map(({ service, slot }) => [service, slot])),
      isPatient,
    };
  };

  return {
    take,
    begin(call) {
      underWay += 1;
      void call.then((outcome) => {
        const isAccepted = outcome?.kind === "delete" && outcome.outcome.kind === "accepted";
        if (isAccepted) accepted += 1;
        const canWait = isAccepted && !isSettled();
        inbox.put({ kind: "outcome", outcome }, canWait ? context.acceptedWaitsMs : 0);
      });
    },
    askForRoom: waits.ask,
    arrival: inbox.arrival,
    isPatient: () => isPatient,
    isCalling: () => underWay > 0,
    noteClosed() {
      isClosed = true;
      if (isSettled()) inbox.wake();
    },
    isSettled,
    async end() {
      clearTimeout(impatience);
      waits.end();
      const release = () => {
        for (const slot of take().slots.values()) slot.release();
      };
      release();
      while (underWay > 0) {
        await inbox.arrival();
        release();
      }
    },
  };
}

/** Asks for room for each service once at a time, and keeps the place in the line. */
function waitForRoom(
  { gates }: Pick<FlowContext, "gates">,
  put: (service: string, slot: Slot) => void,
) {
  const asked = new Set<string>();
  const cancelled = new AbortController();
  return {
    ask(services: readonly string[]) {
      for (const service of services) {
        if (asked.has(service) || cancelled.signal.aborted) continue;
        asked.add(service);
        void gates.waitForRoom(service, cancelled.signal).then((slot) => {
          if (slot === null) return;
          if (cancelled.signal.aborted) slot.release();
          else put(service, slot);
        });
      }
    },
    /** It may be asked for again. */
    forget: (service: string) => asked.delete(service),
    end: () => cancelled.abort(),
  };
}
