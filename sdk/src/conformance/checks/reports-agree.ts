import { Breaches } from "../breach.ts";
import type { Check } from "../check.ts";
import type { ReceivedReport } from "../hub/report.ts";

export const reportsAgree: Check = {
  name: "reports-agree",
  duty: "Reports do not contradict each other: what was deleted has not failed, nor was it retained.",
  source: "contract section 6",
  phase: "end",
  async run(kit) {
    const breaches = new Breaches();
    for (const [key, said] of saidOf(kit.hub.reports.all)) {
      if (!contradicts(said)) continue;
      breaches.add({
        expected: `one verdict on category ${key.split("\n")[1]} of a deletion, however often it is reported`,
        happened: said.map((verdict) => `\`${verdict}\``).join(", then "),
        lookAt: "what may report besides the work itself: a timeout, a second worker, a retry",
      });
    }
    breaches.throwIfAny();
  },
};

const failed = "delete_failed";

/**
 * What was said of each deletion and category, in order; a plain report counts by its user.
 * A failure that is sent once more word for word is a repeat whose answer was lost, not a new verdict.
 */
function saidOf(reports: readonly ReceivedReport[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  const failures = new Set<string>();
  for (const { body } of reports) {
    const key = `${body.deletion_id ?? body.yandex_uid}\n${body.category_id}`;
    const said = all.get(key) ?? [];
    const verdict = body.state === "deleted" ? (body.outcome ?? "erased") : failed;
    const words = JSON.stringify(body);
    if (verdict === failed && failures.has(words)) continue;
    if (verdict === failed) failures.add(words);
    if (said.at(-1) !== verdict) said.push(verdict);
    all.set(key, said);
  }
  return all;
}

/** A failure may turn into success, and a second run may find nothing; no other change is sound. */
function contradicts(said: readonly string[]): boolean {
  const firstDone = said.findIndex((verdict) => verdict !== failed);
  const done = said.slice(firstDone < 0 ? said.length : firstDone);
  const outcomes = new Set(done.filter((verdict) => verdict !== "nothing_found"));
  return done.includes(failed) || outcomes.size > 1;
}
