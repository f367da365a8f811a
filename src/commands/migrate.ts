import { defineCommand } from "./command.ts";

export const migrate = defineCommand({
  name: "migrate",
  summary: "Bring the database of DATABASE_URL to this version's shape; harmless when it is.",
  options: {},
  run: async () => {
    const { loadDatabaseUrl } = await import("../config.ts");
    const databaseUrl = loadDatabaseUrl();
    const { migrate: migrateStore } = await import("../store/migrate.ts");
    await migrateStore(databaseUrl, undefined, () =>
      console.error("another process migrates the database, waiting for it"),
    );
  },
});
