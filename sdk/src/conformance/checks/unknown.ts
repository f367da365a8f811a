import { DutyBroken } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion, reportsSince } from "../deletion.ts";
import { expectStates, statesOf } from "../states.ts";

const unknownId = "conform-unknown";

export const unknownUser: Check = {
  name: "unknown-user",
  duty: "A user nobody knows is no error: `empty`, and a deletion is reported as done.",
  source: "contract section 7",
  phase: "deletion",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    await expectStates(kit, user, "empty", {
      because: "nothing was ever made for this user",
      lookAt: "the status handler, for a user without rows",
    });
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
  },
};

export const unknownCategory: Check = {
  name: "unknown-category",
  duty: "A category the service does not hold is no error: `empty`, and reported `nothing_found`.",
  source: "contract section 7",
  phase: "deletion",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    const categories = [...kit.categories, unknownId];
    const state = (await statesOf(kit, user, categories)).get(unknownId);
    if (state !== "empty") {
      throw new DutyBroken({
        expected: "status says `empty` of a category the service does not hold",
        happened: `\`${state}\``,
        lookAt: "the status handler, for an id that it does not know",
      });
    }
    const deletion = newDeletion(user, { categories });
    const sent = await call(kit, deletion);
    await expectDeleted(kit, deletion, sent);
    const report = reportsSince(kit, deletion, sent).find(
      ({ body }) => body.category_id === unknownId,
    );
    // A plain report leaves the outcome out.
    if ((report?.body.outcome ?? "nothing_found") === "nothing_found") return;
    throw new DutyBroken({
      expected: "the report of a category the service does not hold says `nothing_found`",
      happened: `\`${report?.body.outcome}\`${isAnswer(sent.answer, 200) ? "" : `, after ${describe(sent.answer)}`}`,
      lookAt: "the outcome that is reported where there was nothing to do",
    });
  },
};
