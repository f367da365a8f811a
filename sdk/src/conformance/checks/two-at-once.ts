import { DutyBroken } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import {
  asksForRepeat,
  call,
  closesByAnswer,
  expectReports,
  expectTaken,
  newDeletion,
} from "../deletion.ts";
import { expectStates } from "../states.ts";

const attempts = [1, 2, 3, 4] as const;

export const twoAtOnce: Check = {
  name: "two-at-once",
  duty: "Calls of one deletion that come at the same moment end as one: deleted, and reported.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    const reportsBefore = kit.hub.reports.all.length;
    const sent = await Promise.all(attempts.map((attempt) => call(kit, deletion, attempt)));
    const refused = sent.find(
      ({ answer }) => !isAnswer(answer, 200, 202) && !asksForRepeat(answer),
    );
    if (refused) {
      throw new DutyBroken({
        expected: "each of four calls at once is taken, or asks to be repeated",
        happened: describe(refused.answer),
        lookAt: "locks and unique keys that two calls of one deletion run into",
      });
    }
    const taken = sent.find(({ answer }) => isAnswer(answer, 200, 202)) ?? sent[0];
    if (taken) expectTaken(kit, taken.answer);
    if (!sent.some(({ answer }) => closesByAnswer(kit, answer))) {
      await expectReports(kit, deletion, { attempt: 1, reportsBefore });
    }
    await expectStates(kit, user, "empty", {
      because: "four calls of one deletion came at once, and it was reported as done",
      lookAt: "what a call does while another one of the same deletion is at work",
    });
  },
};
