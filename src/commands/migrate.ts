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
    const { findTrouble } = await import("../domain/database-error.ts");
    const onWait = () => console.error("another process migrates the database, waiting for it");
    await migrateStore(databaseUrl, undefined, onWait).catch((error) => {
      // A table that is not there is the others' sign of a database to be migrated; here it is a fault.
      const cause = findTrouble(error, "away");
      if (cause === undefined) throw error;
      const { code } = cause as { code?: unknown };
      const why = code === undefined ? "" : ` (${code})`;
      throw new CommandError(`the database is not there${why}`, exitCodes.unavailable);
    });
  },
});
