import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Scenario } from "./scenario.ts";

const folder = join(import.meta.dirname, "scenarios");

/** Every file of `scenarios/` is one. */
export async function loadScenarios(): Promise<Scenario[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts"));
  const loaded = names.map(async (name) => {
    const module = (await import(pathToFileURL(join(folder, name)).href)) as { scenario: Scenario };
    return module.scenario;
  });
  return (await Promise.all(loaded)).toSorted((one, other) => one.order - other.order);
}

/** The same scenario with a part of its load: to look at it, not to judge by. */
export function scale(scenario: Scenario, factor: number): Scenario {
  if (factor === 1) return scenario;
  const deletions = Math.max(1, Math.round(scenario.load.deletions * factor));
  return { ...scenario, load: { ...scenario.load, deletions } };
}
