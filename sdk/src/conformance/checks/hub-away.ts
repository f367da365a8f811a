import { DutyBroken, NotApplicable } from "../breach.ts";
import type { Check } from "../check.ts";
import { call, closesByAnswer, expectTaken, isAbout, newDeletion } from "../deletion.ts";
import type { ReceivedReport, Reply } from "../hub/report.ts";

/** What becomes of the first reports of each category; the next one is taken. */
const away: readonly Reply[] = [503, "cut"];

export const hubAway: Check = {
  name: "hub-away",
  duty: "A report is sent again while the hub is away, until it has been taken.",
  source: "contract section 7",
  phase: "background",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    if (kit.hasHook.seed) await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    const of = (all: readonly ReceivedReport[], category: string) =>
      all.filter((report) => isAbout(deletion, report) && report.body.category_id === category);
    const timesSeen = new Map<string, number>();
    kit.hub.answerReportsOf(user.uid, ({ body }) => {
      const nth = timesSeen.get(body.category_id ?? "") ?? 0;
      timesSeen.set(body.category_id ?? "", nth + 1);
      return away[nth];
    });
    const sent = await call(kit, deletion);
    expectTaken(kit, sent.answer);
    if (closesByAnswer(kit, sent.answer)) {
      throw new NotApplicable("the service says in its answer what became of the data");
    }
    const isTaken = (all: readonly ReceivedReport[], category: string) =>
      of(all, category).length > away.length;
    await kit.hub.reports.waitFor(
      (all) => deletion.categories.every((category) => isTaken(all, category)) || undefined,
      kit.patienceMs,
    );
    const { all } = kit.hub.reports;
    const given = deletion.categories.filter((category) => !isTaken(all, category));
    if (given.length === 0) return;
    throw new DutyBroken({
      expected: `a report that was answered 503, and then cut off, comes a third time within ${kit.patienceMs / 1000} s`,
      happened: given
        .map((category) => `category ${category}: ${of(all, category).length} times`)
        .join(", "),
      lookAt: "the repeats of set_data_status: with backoff, until 200 or a final 4xx, for 24 h",
    });
  },
};
