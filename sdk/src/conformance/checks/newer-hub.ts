import { DutyBroken } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { expectDeleted, newDeletion } from "../deletion.ts";
import { readStates } from "../states.ts";

export const newerHub: Check = {
  name: "newer-hub",
  duty: "Fields that the service does not know are ignored: a newer hub may send more.",
  source: "contract section 2",
  phase: "deletion",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    const unknown = { conform_mood: { good: true }, conform_list: [1, null] };
    const more = {
      ...unknown,
      yandex_uids: user.body.yandex_uids.map((account) => ({ ...account, conform_age: 3 })),
    };
    const asked = await kit.call("status", { ...user.body, categories: kit.categories, ...more });
    if (!readStates(asked, kit.categories)) {
      throw new DutyBroken({
        expected: "a status call with unknown fields is answered as without them",
        happened: isAnswer(asked, 200) ? "200 without the states" : describe(asked),
        lookAt: "a validation that refuses additional properties",
      });
    }
    const deletion = newDeletion(user, { categories: kit.categories });
    const reportsBefore = kit.hub.reports.all.length;
    const answer = await kit.call("delete", { ...deletion.body(), ...more });
    await expectDeleted(kit, deletion, { answer, attempt: 1, reportsBefore });
  },
};
