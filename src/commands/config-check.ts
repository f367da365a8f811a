import { ConfigurationError } from "../config/configuration-error.ts";
import type { Config, Secrets } from "../config/types.ts";
import { defineCommand } from "./command.ts";

export const configCheck = defineCommand({
  name: "config check",
  summary:
    "Say everything that is wrong with TAKEOUT_CONFIG and the environment, or what is configured.",
  options: {},
  notes: [
    "Starts nothing, and asks the database only which secrets its rows bear: an old one may",
    "go when none is left. Ends with 78 where anything is wrong, a database that lets nobody in",
    "included; one that is away, and variables that are merely not set here, are named alone.",
  ],
  run: async () => {
    const { inspectConfiguration } = await import("../config.ts");
    const { config, fileFaults, environmentFaults, unset, databaseUrl, secrets } =
      inspectConfiguration();
    const { describeSecretUse } = await import("./secret-use.ts");
    const use = databaseUrl && secrets ? await describeSecretUse(databaseUrl, secrets) : null;
    const faults = [...environmentFaults, ...(use?.faults ?? []), ...fileFaults];
    if (config) {
      const head = faults.length > 0 ? "the file is fine" : "ok";
      const told = (use?.lines ?? []).map((line, at) => row(at === 0 ? "secrets" : "", line));
      const keys = secrets ? [row("keys", describeKeys(secrets))] : [];
      console.log([head, ...summarise(config), ...keys, ...told].join("\n"));
    }
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
  return rows.map(([name, items]) => row(name, items.join(", ") || "none"));
}

function describeKeys({ signingKey, oldSigningKeys }: Secrets): string {
  const shown = oldSigningKeys.map(({ kid }) => `, also shown: ${kid}`);
  return `signs with ${signingKey.kid}${shown.join("")}`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(10)}  ${text}`;
}
