import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createDice, type Dice } from "../support/random.ts";
import { readFrames } from "./postgres-frames.ts";
import { type BetweenOptions, count } from "./stage.ts";

/** Chances in [0, 1] that the answer to a COMMIT never comes. */
export interface Appetite {
  readonly chance: number;
  /** So many are eaten at most; then what was lost may be seen to. */
  readonly most: number;
  /** Of those: the connection does not end at once, but only after this. */
  readonly hang: { readonly chance: number; readonly ms: number };
}

/**
 * Stands between a hub and PostgreSQL, and eats the server's answers to COMMIT: what was committed is
 * committed, and who asked for it never learns so, because his connection is cut.
 */
export const eatCommits = (appetite: Appetite) => async (options: BetweenOptions) => {
  const dice = createDice(options.seed);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const { hostname, port } = new URL(options.url);
    const upstream = createConnection(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    join(client, upstream, { ...options, ...appetite, dice });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(options.url);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};

type Eating = BetweenOptions & Appetite & { readonly dice: Dice };

const committed = Buffer.from("COMMIT\0");
const commandComplete = "C".charCodeAt(0);

function join(client: Socket, upstream: Socket, eating: Eating): void {
  const cut = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on("error", cut).on("close", cut);
  client.pipe(upstream);
  const frames = readFrames();
  let isEaten = false;
  upstream.on("data", (chunk: Buffer) => {
    for (const frame of frames.take(chunk)) {
      if (isEaten) return;
      isEaten = isCommitted(frame) && isToBeEaten(eating);
      if (isEaten) void starve(eating, cut);
      else client.write(frame);
    }
  });
}

function isCommitted(frame: Buffer): boolean {
  return frame[0] === commandComplete && frame.subarray(5).equals(committed);
}

function isToBeEaten({ tally, dice, chance, most }: Eating): boolean {
  count(tally, "commits");
  return (tally.get("answers eaten") ?? 0) < most && dice.chance(chance);
}

async function starve({ tally, dice, hang }: Eating, cut: () => void): Promise<void> {
  count(tally, "answers eaten");
  if (dice.chance(hang.chance)) {
    count(tally, "answers waited for in vain");
    await pause(hang.ms, null, { ref: false });
  }
  cut();
}
