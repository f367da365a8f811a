import { CommandError, defineCommand, exitCodes } from "./command.ts";

export const migrate = defineCommand({
  name: "migrate",
  summary: "Bring the database of DATABASE_URL to this version's shape; harmless when it is.",
  options: {},
  notes: ["Says nothing when it is done. Ends with 69 where the database is not there."],
  run: async () => {
    const { loadDatabaseUrl } = await import("../config.ts");
    const databaseUrl = loadDatabaseUrl();
    const { migrate: migrateStore } = await import("../store/migrate.ts");
    const { isAway } = await import("../store/transaction.ts");
    const onWait = () => console.error("another process migrates the database, waiting for it");
    await migrateStore(databaseUrl, undefined, onWait).catch((error) => {
      const { code } = error as { code?: unknown };
      if (!isAway(error) || isOfStatement(code)) throw error;
      const why = code === undefined ? "" : ` (${code})`;
      throw new CommandError(`the database is not there${why}`, exitCodes.unavailable);
    });
  },
});

/** A table or column that a migration misses: the others' sign of a database to be migrated, here a fault. */
function isOfStatement(code: unknown): boolean {
  return /^(42|3F)/.test(String(code));
}
