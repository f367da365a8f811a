import { setTimeout as pause } from "node:timers/promises";
import type postgres from "postgres";
import type { Dice } from "../support/random.ts";
import { answers, type Member } from "./fleet.ts";
import type { Victim } from "./logs.ts";
import type { Stage } from "./stage.ts";

/** Faults on a running stage; each writes down what it did, and when. */
export interface Nemesis {
  /**
   * SIGKILL to a random worker that is up, as soon as so many others are: a machine that starts processes more
   * slowly than they are killed would be left without any. @returns whether there was one.
   */
  kill(leaving: number): Promise<boolean>;
  /** SIGSTOP to a worker that has calls under way, and SIGCONT after a while. */
  stop(ms: number): Promise<void>;
  /**
   * SIGSTOP to a worker that has calls under way, and its liveness connection is cut: others take it for dead.
   * SIGCONT as soon as they call for what it held, so that what it has to record comes too late.
   */
  hang(longestMs?: number): Promise<void>;
  /** PostgreSQL is stopped with `immediate`, is away for a while, and comes back. */
  restartDatabase(awayMs: number): Promise<void>;
  /** SIGTERM to one process; resolves when it has ended and another listens in its place. */
  drain(member: Member): Promise<void>;
}

export function createNemesis(stage: Stage, dice: Dice): Nemesis {
  const { fleet, sql, database, note } = stage;
  const ownKills = new Map<string, number>();
  fleet.onKilled((member) => {
    const at = ownKills.get(member.workerId) ?? Date.now();
    const noted = readVictims(sql, member.workerId).then((victims) =>
      note({ at, kind: "kill", workerId: member.workerId, victims }),
    );
    noted.catch(() => note({ at, kind: "kill", workerId: member.workerId }));
  });

  async function listReady(): Promise<Member[]> {
    const registered = await listRegistered(sql).catch(() => null);
    const workers = fleet.members().filter((member) => member.role !== "serve" && !member.isBusy);
    // While the database is away nobody is registered, and everybody is fair game.
    return workers.filter(({ workerId }) => registered?.has(workerId) ?? true);
  }

  async function pick(): Promise<Member | undefined> {
    const ready = await listReady();
    return ready.length > 0 ? dice.pick(ready) : undefined;
  }

  /** A worker that has calls under way; a stop of any other would show nothing. */
  async function pickCaller(): Promise<Member | undefined> {
    const giveUpAt = performance.now() + callerWithinMs;
    while (performance.now() < giveUpAt) {
      const member = await pick();
      const held = member ? await readVictims(sql, member.workerId).catch(() => []) : [];
      if (held.length > 0) return member;
      await pause(100);
    }
    return undefined;
  }

  async function holdUp(
    wait: (workerId: string, victims: readonly Victim[]) => Promise<unknown>,
  ): Promise<void> {
    const member = await pickCaller();
    if (!member) return;
    const { workerId, child } = member;
    member.isBusy = true;
    try {
      child.kill("SIGSTOP");
      const at = Date.now();
      const victims = await readVictims(sql, workerId).catch(() => []);
      note({ at, kind: "stop", workerId, victims });
      await wait(workerId, victims);
    } finally {
      child.kill("SIGCONT");
      note({ at: Date.now(), kind: "continue", workerId });
    }
    await pause(goOnForMs); // to take in what came meanwhile
    member.isBusy = false;
  }

  return {
    async kill(leaving) {
      const giveUpAt = performance.now() + othersWithinMs;
      while ((await listReady()).length <= leaving && performance.now() < giveUpAt) {
        await pause(50);
      }
      const member = await pick();
      if (!member) return false;
      ownKills.set(member.workerId, Date.now());
      member.child.kill("SIGKILL");
      await member.exit;
      return true;
    },
    stop: (ms) => holdUp(() => pause(ms)),
    hang: (longestMs = 30_000) =>
      holdUp(async (workerId, victims) => {
        await cutLiveness(sql, workerId).catch(() => {});
        await waitForTakeover(sql, victims, longestMs);
      }),
    async restartDatabase(awayMs) {
      note({ at: Date.now(), kind: "database_stop" });
      await database.cut();
      await pause(awayMs);
      await database.start();
      note({ at: Date.now(), kind: "database_start" });
    },
    async drain(member) {
      member.isBusy = true;
      note({ at: Date.now(), kind: "drain", workerId: member.workerId });
      member.child.kill("SIGTERM");
      await Promise.race([member.exit, pause(drainWithinMs, null, { ref: false })]);
      if (member.url !== null) await answers(member.url);
    },
  };
}

const othersWithinMs = 30_000;
const takeOverMoreMs = 1_000;
const callerWithinMs = 20_000;
const goOnForMs = 2_000;
const drainWithinMs = 40_000;

async function listRegistered(sql: postgres.Sql): Promise<Set<string>> {
  const rows = await sql<{ worker_id: string }[]>`select worker_id from hub_workers`;
  return new Set(rows.map(({ worker_id }) => worker_id));
}

/** The parts that a worker has called for, and whose outcome it has not recorded. */
async function readVictims(sql: postgres.Sql, workerId: string): Promise<Victim[]> {
  return [
    ...(await sql<Victim[]>`
      select deletion_id, category_id, service, attempt from parts
       where leased_by = ${workerId} and state = 'calling'`),
  ];
}

/** Until others call for what a worker held, and a moment longer. */
async function waitForTakeover(
  sql: postgres.Sql,
  victims: readonly Victim[],
  longestMs: number,
): Promise<void> {
  const giveUpAt = performance.now() + longestMs;
  const ids = [...new Set(victims.map(({ deletion_id }) => deletion_id))];
  while (performance.now() < giveUpAt) {
    const parts = await sql<Victim[]>`
      select deletion_id, category_id, service, attempt from parts
       where deletion_id = any(${ids}) and state = 'calling'`.catch(() => []);
    const isTaken = victims.some((victim) => parts.some((part) => isLater(part, victim)));
    await pause(isTaken ? takeOverMoreMs : 100);
    if (isTaken) return;
  }
}

function isLater(part: Victim, than: Victim): boolean {
  const isSame = part.deletion_id === than.deletion_id && part.service === than.service;
  return isSame && part.category_id === than.category_id && part.attempt > than.attempt;
}

/** Ends the session that holds the worker's advisory lock. */
async function cutLiveness(sql: postgres.Sql, workerId: string): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_locks join hub_workers on objid::int = lock_key
     where locktype = 'advisory' and classid = 7461 and worker_id = ${workerId}`;
}
