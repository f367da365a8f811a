import { setTimeout as pause } from "node:timers/promises";
import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import type { Kit } from "../kit.ts";
import { expectStates } from "../states.ts";
import type { TestUser } from "../user.ts";

/** Makes a row that is just newer than the fence, when the fence has really passed. */
export async function seedAfter(kit: Kit, user: TestUser, fence: Date): Promise<void> {
  while (Date.now() <= fence.getTime() + 1) await pause(1);
  await kit.seed(user, new Date(fence.getTime() + 1));
}

export const fence: Check = {
  name: "fence",
  duty: "What was created after `to` survives the deletion; a new deletion takes it.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    await seedAfter(kit, user, deletion.to);
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectStates(kit, user, "ready_to_delete", {
      because: "a row was created 1 ms after `to`",
      lookAt: "the condition of the delete statement: creation time <= `to`",
    });
    const next = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, next, await call(kit, next));
    await expectStates(kit, user, "empty", {
      because: "a second deletion, with a later `to`, was reported as done",
      lookAt: "whether deletions are told apart by `deletion_id`, and each obeys its own `to`",
    });
  },
};

export const fenceInclusive: Check = {
  name: "fence-inclusive",
  duty: "What was created exactly at `to` is deleted.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    const deletion = newDeletion(user, { categories: kit.categories });
    await kit.seed(user, deletion.to);
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectStates(kit, user, "empty", {
      because: "the only row was created exactly at `to`",
      lookAt:
        "the condition of the delete statement: creation time <= `to`, to the millisecond (and --seed: the row's time is TAKEOUT_AT)",
    });
  },
};
