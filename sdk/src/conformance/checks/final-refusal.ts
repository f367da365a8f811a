import { setTimeout as pause } from "node:timers/promises";
import { DutyBroken, NotApplicable } from "../breach.ts";
import type { Check } from "../check.ts";
import { call, closesByAnswer, expectTaken, isAbout, newDeletion } from "../deletion.ts";

const quietMs = 6_000;

export const finalRefusal: Check = {
  name: "final-refusal",
  duty: "A report that the hub refuses for good (409) is not sent again.",
  source: "contract sections 6 and 7",
  phase: "background",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    const [category = ""] = kit.categories;
    const deletion = newDeletion(user, { categories: [category] });
    kit.hub.answerReportsOf(user.uid, () => 409);
    const sent = await call(kit, deletion);
    expectTaken(kit, sent.answer);
    if (closesByAnswer(kit, sent.answer)) {
      throw new NotApplicable("the service says in its answer what became of the data");
    }
    const come = () => kit.hub.reports.all.filter((report) => isAbout(deletion, report));
    await kit.hub.reports.waitFor(() => come().length > 0 || undefined, kit.patienceMs);
    await pause(quietMs);
    // Another verdict is another report, refused for itself.
    const verdicts = new Set(come().map(({ body }) => body.state));
    const again = come().length - verdicts.size;
    if (again <= 0) return;
    throw new DutyBroken({
      expected: "nothing more after the report was answered 409 `stale_deletion`",
      happened: `the same came ${again} times more within ${quietMs / 1000} s`,
      lookAt: "when a report is given up: 200, or a 4xx other than 408, 425 and 429",
    });
  },
};
