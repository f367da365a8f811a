import { setTimeout as pause } from "node:timers/promises";
import { DutyBroken } from "../breach.ts";
import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { type States, statesOf } from "../states.ts";
import { seedAfter } from "./fence.ts";

const lookEveryMs = 20;

export const statusWhileDeleting: Check = {
  name: "status-while-deleting",
  duty: "While a deletion is at work, a category that holds data is never `empty`.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["fence"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    // This row stays, so that `empty` is untrue from now on, however far the work has come.
    await seedAfter(kit, user, deletion.to);
    const work = { isOver: false };
    const done = call(kit, deletion)
      .then((sent) => expectDeleted(kit, deletion, sent))
      .finally(() => {
        work.isOver = true;
      });
    done.catch(() => {});
    while (!work.isOver) {
      expectNoneEmpty(await statesOf(kit, user));
      await pause(lookEveryMs);
    }
    await done;
  },
};

function expectNoneEmpty(states: States): void {
  const empty = [...states].filter(([, state]) => state === "empty").map(([id]) => id);
  if (empty.length === 0) return;
  throw new DutyBroken({
    expected: "`delete_in_progress` (or `ready_to_delete`) until the deletion is reported",
    happened: `status said \`empty\` of category ${empty.join(", ")}, where a row newer than \`to\` lay all the time`,
    lookAt: "what status answers while a deletion of the user is queued or running",
  });
}
