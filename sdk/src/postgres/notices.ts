import type { Client, StorePool } from "./pool.ts";

type Listener = (given: unknown) => void;

/**
 * A connection for graphile-worker to listen on, on which it hears of a migration only if `isOurs`
 * says so. Such a notice goes all over the database and names no schema: graphile-worker 0.18 would
 * stop, and have the process end with 57, whenever another service makes a schema of its own there.
 */
export function listenOn(client: Client, isOurs: () => Promise<boolean>): object {
  const heard = new Map<Listener, Listener>();

  function hear(listener: Listener): Listener {
    const choosy: Listener = (notice) => {
      if ((notice as { channel?: string }).channel !== "worker:migrate") listener(notice);
      else void isOurs().then((yes) => yes && listener(notice));
    };
    heard.set(listener, choosy);
    return choosy;
  }

  return {
    query: (text: string) => client.query(text),
    on: (event: "notification", listener: Listener) =>
      client.on(event, event === "notification" ? hear(listener) : listener),
    removeListener: (event: "notification", listener: Listener) =>
      client.removeListener(event, heard.get(listener) ?? listener),
  };
}

/** Looks how far a schema of graphile-worker is; what it gives says whether it has been taken further since. */
export async function watchMigrations(
  withClient: StorePool["withClient"],
  graphileSchema: string,
): Promise<() => Promise<boolean>> {
  const statement = `select max(id) as newest from ${graphileSchema}.migrations`;
  const look = () =>
    withClient(async (client) => (await client.query(statement)).rows[0]?.newest as number);
  const known = await look();
  // Where nobody can say, everything is better opened anew.
  return () =>
    look().then(
      (newest) => newest > known,
      () => true,
    );
}
