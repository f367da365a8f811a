import { createPostgresStore } from "takeout-sdk/postgres";
import { createTakeoutService } from "takeout-sdk/service";
import { favoritesCategory } from "./categories/favorites.ts";

export const takeout = createTakeoutService({
  service: "service-name",
  signingKey: process.env.TAKEOUT_SERVICE_KEY,
  hub: { url: process.env.TAKEOUT_HUB_URL, client: "takeout" },
  categories: [favoritesCategory],
  // A deletion that was taken survives this process, and is reported until the hub has it.
  store: createPostgresStore({ connectionString: process.env.DATABASE_URL }),
});
