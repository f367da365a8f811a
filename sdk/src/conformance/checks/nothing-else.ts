import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";

export const nothingElse: Check = {
  name: "nothing-else",
  duty: "A deletion touches nobody but the named user, and no category but the named ones.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const [user, neighbour] = [kit.user(), kit.user()];
    const longAgo = new Date(Date.now() - 3_600_000);
    await kit.seed(user, longAgo);
    await kit.seed(neighbour, longAgo);
    const [first = "", ...others] = kit.categories;
    const deletion = newDeletion(user, { categories: [first] });
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectStates(kit, neighbour, "ready_to_delete", {
      because: "another user's data was deleted, not theirs",
      lookAt: "the condition of the delete statement: the user",
    });
    if (others.length === 0) return;
    await expectStates(kit, user, "ready_to_delete", {
      because: `category ${first} was deleted, not these`,
      categories: others,
      lookAt: "the use of `categories`: only those that the call names",
    });
  },
};
