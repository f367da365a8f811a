import type { Roles } from "../run.ts";

/** Loads the configuration and runs a hub process until it is told to stop. */
export async function startHub(roles: Roles): Promise<void> {
  const { loadConfiguration } = await import("../config.ts");
  const configuration = loadConfiguration(); // before the rest is even read: its faults should come at once
  const { run } = await import("../run.ts");
  await run(roles, configuration);
}

export const noMigrate = {
  help: "leave the database as it is; by default it is brought to this version's shape first",
} as const;
