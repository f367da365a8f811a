import { once } from "node:events";
import { createServer, type Server } from "node:net";

export async function listenAnywhere(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function findFreePort(): Promise<number> {
  const { server, port } = await listenAnywhere();
  server.close();
  await once(server, "close");
  return port;
}
