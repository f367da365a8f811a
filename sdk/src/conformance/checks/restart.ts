import { isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { call, expectDeleted, isAbout, newDeletion } from "../deletion.ts";
import { expectReachable } from "../reachable.ts";
import { expectStates } from "../states.ts";

// Long enough for work to have begun, short enough for most of it not to be done.
const middleMs = 2_000;

export const restart: Check = {
  name: "restart",
  duty: "Work that was taken on is finished and reported though the process dies in the middle.",
  source: "contract section 7",
  phase: "restart",
  hooks: ["seed", "restart"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    // The hub takes no report before the crash: whatever is reported then is not done with.
    kit.hub.answerReportsOf(user.uid, () => 503);
    const sending = call(kit, deletion);
    const reported = kit.hub.reports.waitFor(
      (all) => all.some((report) => isAbout(deletion, report)) || undefined,
      middleMs,
    );
    const early = await Promise.race([sending, reported]);
    await kit.restart();
    kit.hub.answerReportsOf(user.uid, undefined);
    const afterCrash = kit.hub.reports.all.length;
    const sent = typeof early === "object" ? early : await sending;
    await expectReachable(kit);

    // Whoever got no answer calls again, and then the second call has to lead to the end.
    const isTaken = isAnswer(sent.answer, 200, 202);
    const last = isTaken ? { ...sent, reportsBefore: afterCrash } : await call(kit, deletion, 2);
    await expectDeleted(kit, deletion, last);
    await expectStates(kit, user, "empty", {
      because: "the deletion was reported as done after the restart",
      lookAt: "what is taken up again when the service starts",
    });
  },
};
