import postgres from "postgres";
import type { Stock } from "../fill/stock.ts";
import type { Ground } from "../ground.ts";
import type { Stubs } from "../stubs/start.ts";
import { startHub } from "./hub.ts";
import { startPeer } from "./peer.ts";
import type { System } from "./system.ts";

export interface SeatOptions {
  readonly kind: "hub" | "peer";
  readonly stock: Stock;
  /** Whether it calls services, or only answers. */
  readonly works: boolean;
  /** Of Node, where it is the hub. */
  readonly flags?: readonly string[];
}

/** A system that runs on a filled database of its own. */
export interface Seat {
  readonly kind: "hub" | "peer";
  readonly system: System;
  readonly stubs: Stubs;
  readonly sql: postgres.Sql;
  readonly stock: Stock;
}

export async function takeSeat(
  ground: Ground,
  stack: AsyncDisposableStack,
  { kind, stock, works, flags }: SeatOptions,
): Promise<Seat> {
  const stubs = await ground.stubs(stock.services);
  const databaseUrl = await ground.database(kind, stock);
  const { services } = stubs;
  const common = { databaseUrl, services };
  const command = works ? "up" : "serve";
  const system = stack.use(
    kind === "peer"
      ? await startPeer(ground, { ...common, works })
      : await startHub(ground, { ...common, command, ...(flags && { flags }) }),
  );
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  stack.defer(async () => {
    await sql.end({ timeout: 5 });
    await ground.server.drop(new URL(databaseUrl).pathname.slice(1));
  });
  return { kind, system, stubs, sql, stock };
}
