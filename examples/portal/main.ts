// A stand-in for an account portal: it signs tickets for the user whom the visitor picks, and shows one plain
// page. Anybody who reaches it acts as any of its users, so it belongs on a developer's own machine.
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.ts";
import { createJobs } from "./copies/jobs.ts";
import { createStorage } from "./copies/storage.ts";
import { createHubClient } from "./hub/client.ts";
import { createHubCheck } from "./hub/hub-ticket.ts";
import { importKey } from "./hub/tickets.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";

const closeWithinMs = 3_000;

function readOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const fault of error.faults) console.error(`portal: ${fault}`);
    process.exit(78);
  }
}

const settings = readOrExit();
const hub = createHubClient(settings, await importKey(settings.key));
const { storage } = settings;
const app = createApp({
  ...settings,
  hub,
  jobs: createJobs(storage),
  copies: storage ? { storage: createStorage(storage), checkHub: createHubCheck(settings) } : null,
});
// A file of a copy may take long to come; forms are small.
const requestTimeout = storage ? 60 * 60_000 : 15_000;
const server = createServer(
  { headersTimeout: 10_000, requestTimeout, connectionsCheckingInterval: 1_000 },
  getRequestListener(app.fetch),
);

server.on("error", (error: NodeJS.ErrnoException) => {
  const isTaken = error.code === "EADDRINUSE";
  console.error(`portal: ${isTaken ? `port ${settings.port} is taken, set PORT` : error.message}`);
  process.exit(1);
});
server.listen(settings.port, settings.host, () => {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : settings.port;
  console.log(`portal: listening on http://${settings.host}:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), closeWithinMs).unref();
  });
}
