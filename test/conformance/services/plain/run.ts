import type { Behaviour } from "./behaviour.ts";
import { startPlain } from "./service.ts";
import { readSettings } from "./settings.ts";

/** Runs the plain service as a process, with a behaviour of its own. */
export async function run(changed: Partial<Behaviour> = {}): Promise<void> {
  const settings = readSettings();
  await startPlain(settings, changed);
  console.log(`${settings.service}: listening on http://127.0.0.1:${settings.port}`);
}
