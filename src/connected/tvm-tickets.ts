import type { TvmDaemon } from "./tvm-daemon.ts";

/** Gets the hub's own tickets, where it does not sign them itself. */
export interface TvmTickets {
  /**
   * A service ticket for the named client.
   * @throws NoTicket where the daemon gives none and the last one is too old.
   */
  serviceTicket(client: string): Promise<string>;
}

/** There is no ticket to call with. */
export class NoTicket extends Error {
  override readonly name = "NoTicket";
  readonly code = "no_ticket";
}

/** Moments are those of a clock that never goes back. */
interface Kept {
  readonly ticket: string;
  readonly bornAtMs: number;
  readonly fetchedAtMs: number;
}

// As the daemon's own clients do: another one every 10 minutes, and none older than 11 hours, which is
// less than a ticket lives; so an hour without the daemon costs no call.
const renewAfterMs = 10 * 60_000;
const oldestMs = 11 * 60 * 60_000;
const renewAtMostEveryMs = 5_000;

/**
 * Keeps a ticket for each client, each asked for alone: one that the daemon does not know must not cost the others theirs.
 *
 * @param options.idOf - what the daemon calls a client.
 * @param options.now - milliseconds since the epoch; the system's clock by default.
 * @param options.ticks - milliseconds of a clock that never goes back; the system's by default.
 */
export function createTvmTickets(options: {
  readonly daemon: Pick<TvmDaemon, "ticketFor">;
  readonly idOf: (client: string) => string | undefined;
  readonly now?: () => number;
  readonly ticks?: () => number;
}): TvmTickets {
  const { daemon, idOf, now = Date.now, ticks = () => performance.now() } = options;
  const kept = new Map<string, Kept>();
  const triedAt = new Map<string, number>();
  const asking = new Map<string, Promise<void>>();

  const ask = async (id: string): Promise<void> => {
    const [fetchedAtMs, nowMs] = [ticks(), now()];
    triedAt.set(id, fetchedAtMs);
    const found = await daemon.ticketFor(id);
    if (found.kind !== "ok") return;
    const ageMs = Math.max(0, nowMs - (found.bornAtMs ?? nowMs));
    kept.set(id, { ticket: found.ticket, bornAtMs: fetchedAtMs - ageMs, fetchedAtMs });
  };
  const askOnce = (id: string): Promise<void> => {
    const under = asking.get(id) ?? ask(id).finally(() => asking.delete(id));
    asking.set(id, under);
    return under;
  };
  const usable = (id: string): Kept | undefined => {
    const found = kept.get(id);
    return found && ticks() - found.bornAtMs < oldestMs ? found : undefined;
  };

  return {
    async serviceTicket(client) {
      const id = idOf(client);
      if (id === undefined) throw new NoTicket(`${client} has no id`);
      const found = usable(id);
      if (found === undefined) await askOnce(id);
      else if (isDue(found, triedAt.get(id) ?? 0, ticks())) void askOnce(id);
      const ticket = usable(id)?.ticket;
      if (ticket === undefined) throw new NoTicket(`the daemon gives no ticket for ${client}`);
      return ticket;
    },
  };
}

/** Early enough that nobody has to wait for another one, and not with each call while the daemon is away. */
function isDue({ fetchedAtMs }: Kept, triedAtMs: number, nowMs: number): boolean {
  return nowMs - fetchedAtMs >= renewAfterMs && nowMs - triedAtMs >= renewAtMostEveryMs;
}
