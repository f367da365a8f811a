import { PgBoss } from "pg-boss";
import { createApp } from "./app.ts";
import { createPool } from "./database.ts";
import { createSubject } from "./ledger.ts";
import type { PeerSettings } from "./settings.ts";
import { createSigner, createVerifier } from "./tickets.ts";
import { createQueue, openPools, startWork } from "./work.ts";

/** A service that does by hand what the hub does first of all, as a good author would write it in a week. */
const settings = JSON.parse(process.env.PEER ?? "") as PeerSettings;
const { databaseUrl, name, key } = settings;
const pool = createPool(databaseUrl);
const boss = new PgBoss({ connectionString: databaseUrl, max: 10, useListenNotify: true });
boss.on("error", (error) => console.error(error));
await boss.start();
await createQueue(boss);
const clients = [...settings.portals, ...settings.services];
const verify = createVerifier(name, new Map(clients.map((client) => [client.name, client.jwks])));
const subjectOf = createSubject(settings.secret);
const app = createApp({ settings, pool, boss, subjectOf, verify });
if (settings.works) {
  await startWork(boss, {
    query: (config) => pool.query(config),
    ticket: createSigner(name, key),
    pools: openPools(settings.services),
  });
}
await app.listen({ host: "127.0.0.1", port: settings.port });
process.once("SIGTERM", async () => {
  await app.close();
  await boss.stop({ graceful: false });
  await pool.end();
  process.exit(0);
});
