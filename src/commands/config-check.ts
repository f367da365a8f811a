import { ConfigurationError } from "../config/configuration-error.ts";
import type { Config } from "../config/types.ts";
import { defineCommand } from "./command.ts";

export const configCheck = defineCommand({
  name: "config check",
  summary:
    "Say everything that is wrong with TAKEOUT_CONFIG and the environment, or what is configured.",
  options: {},
  notes: [
    "Starts nothing and connects to nothing. Ends with 78 where anything is wrong;",
    "variables that are merely not set here are named, but a good file stays good.",
  ],
  run: async () => {
    const { inspectConfiguration } = await import("../config.ts");
    const { config, fileFaults, environmentFaults, unset } = inspectConfiguration();
    const faults = [...environmentFaults, ...fileFaults];
    if (config)
      console.log([faults.length > 0 ? "the file is fine" : "ok", ...summarise(config)].join("\n"));
    if (unset.length > 0) console.log(`to run, the environment still needs ${unset.join(", ")}`);
    if (faults.length > 0) throw new ConfigurationError(faults);
  },
});

function summarise({ hub, portals, operators, identity, categories, services }: Config): string[] {
  const rows: [string, readonly string[]][] = [
    ["hub", [`${hub.client} at ${hub.publicUrl}`]],
    [
      "portals",
      [...portals.values()].map(({ name, allow }) => `${name} (${[...allow].join(", ")})`),
    ],
    ["operators", [...operators.keys()]],
    ["identity", identity ? [identity.url] : []],
    ["categories", categories.map(({ id, slug }) => `${id} ${slug}`)],
    ["services", services.map((service) => `${service.name} (${service.categories.join(", ")})`)],
  ];
  return rows.map(([name, items]) => `  ${name.padEnd(10)}  ${items.join(", ") || "none"}`);
}
