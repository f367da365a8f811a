import { basename, dirname, resolve } from "node:path";
import { readBoundedFile } from "./bounded-file.ts";
import { crossCheck } from "./cross-checks.ts";
import { parseYaml } from "./document.ts";
import { explainIssue } from "./explain.ts";
import { formatFault } from "./fault.ts";
import { readClientKeys } from "./keys.ts";
import { resolveConfig } from "./resolve.ts";
import { shape } from "./shape.ts";
import type { Config } from "./types.ts";

/** `config` is there exactly where `faults` is empty. */
export interface ReadConfig {
  readonly config?: Config;
  readonly faults: readonly string[];
}

const largestFile = 1024 * 1024;

/** Reads the configuration file and the key files that it names. */
export function readConfigFile(path: string): ReadConfig {
  const file = readBoundedFile(path, largestFile);
  if (file.kind === "fault") return { faults: [`TAKEOUT_CONFIG: ${path} ${file.message}`] };
  return readConfigText(file.value, dirname(resolve(path)), basename(path));
}

/**
 * Checks a whole document and says everything that is wrong with it at once.
 *
 * @param folder - what the paths in the text are relative to.
 * @param label - what to call the text where a fault has no path.
 */
export function readConfigText(text: string, folder: string, label: string): ReadConfig {
  const { value, faults } = parseYaml(text, label);
  return value === undefined ? { faults } : readDocument(value, folder, faults);
}

function readDocument(document: unknown, folder: string, earlier: readonly string[]): ReadConfig {
  const parsed = shape.safeParse(document, { reportInput: true });
  const { keys, faults } = readClientKeys(document, folder);
  const all = [
    ...(parsed.error?.issues.flatMap(explainIssue) ?? []),
    ...faults,
    ...crossCheck(document),
  ];
  const lines = [...earlier, ...new Set(all.map(formatFault))];
  if (lines.length > 0 || !parsed.success) return { faults: lines };
  return { config: resolveConfig(parsed.data, keys, folder), faults: [] };
}
