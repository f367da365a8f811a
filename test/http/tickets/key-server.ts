import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A URL of keys over real HTTP that answers as a test tells it to. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked. */
  reads: number;
  answer: RequestListener;
  /** Until it has been asked as often as this. */
  asked(times: number): Promise<void>;
  /** Serves this key set from now on. */
  serve(...keys: readonly unknown[]): void;
  fail(): void;
}

export async function startKeyServer(): Promise<KeyServer> {
  const waiting: { times: number; resolve: () => void }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    keyServer.reads += 1;
    for (const { times, resolve } of waiting) if (times <= keyServer.reads) resolve();
    keyServer.answer(request, response);
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const keyServer: KeyServer = {
    url: `http://127.0.0.1:${port}/jwks.json?of=client`,
    reads: 0,
    answer: (_, response) => response.writeHead(502).end(),
    asked: (times) =>
      new Promise((resolve) => {
        if (keyServer.reads >= times) resolve();
        else waiting.push({ times, resolve });
      }),
    serve(...keys) {
      keyServer.answer = (_, response) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ keys }));
    },
    fail() {
      keyServer.answer = (_, response) => response.writeHead(502).end();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return keyServer;
}

/** A clock that a test holds: time passes, and tasks run, when it says so. */
export interface HeldClock {
  now(): number;
  after(delayMs: number, task: () => void): () => void;
  pass(ms: number): void;
  /** How long until the next task. */
  nextInMs(): number;
}

export function holdClock(): HeldClock {
  const tasks = new Set<{ at: number; run: () => void }>();
  let now = 1_000_000;
  return {
    now: () => now,
    after(delayMs, run) {
      const task = { at: now + delayMs, run };
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    nextInMs: () => Math.min(...[...tasks].map(({ at }) => at)) - now,
    pass(ms) {
      now += ms;
      for (const task of [...tasks]) {
        if (task.at > now) continue;
        tasks.delete(task);
        task.run();
      }
    },
  };
}
