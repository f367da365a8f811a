import { once } from "node:events";
import { createServer, type Server } from "node:net";

export async function listenAnywhere(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

/**
 * Below the ports that systems give to connections and to `listen(0)` (from 32768 on Linux, from 49152
 * elsewhere): one of those could be taken by any connection between here and the listening.
 */
const [firstPort, lastPort] = [12_000, 32_000];
const mostTries = 100;
const handedOut = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, never the same twice in a process. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort));
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`none of ${mostTries} ports from ${firstPort} to ${lastPort} is free`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
