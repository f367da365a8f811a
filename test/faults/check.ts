import { join } from "node:path";
import { loadConfiguration } from "../../src/config.ts";
import { createRegistry } from "../../src/domain/registry.ts";
import { checkHistory, type History, readHistory } from "../support/history.ts";
import { type CallEntry, type ClientEntry, logFiles, type NemesisEntry, readLog } from "./logs.ts";
import type { Stage } from "./stage.ts";

/** One invariant, and what was found when it was held against a run. */
export interface Checked {
  readonly name: string;
  /** How many things it looked at. */
  readonly seen: number;
  readonly violations: readonly string[];
}

interface CheckedRun {
  readonly history: History;
  readonly clients: readonly ClientEntry[];
  readonly nemesis: readonly NemesisEntry[];
  readonly checked: readonly Checked[];
}

/** Reads the ledger and the logs of a run that is over, and holds every invariant against them. */
export async function checkRun({ sql, folder, env }: Stage): Promise<CheckedRun> {
  const { config } = loadConfiguration(env);
  const [calls, clients, nemesis] = await Promise.all([
    readLog<CallEntry>(join(folder, logFiles.calls)),
    readLog<ClientEntry>(join(folder, logFiles.client)),
    readLog<NemesisEntry>(join(folder, logFiles.nemesis)),
  ]);
  const history = await readHistory(sql, createRegistry(config), calls);
  const violations = Map.groupBy(checkHistory(history), (line) => line.split(":")[0] ?? "");
  const checked = [...violations].map(([name, own]) => ({ name, seen: 0, violations: own }));
  return { history, clients, nemesis, checked };
}
