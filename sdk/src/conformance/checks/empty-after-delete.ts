import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";

export const emptyAfterDelete: Check = {
  name: "empty-after-delete",
  duty: "A category that was deleted is `empty`; what lawfully stays does not count.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["ready-with-data", "final-report"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectStates(kit, user, "empty", {
      because: "all that the user had was created before the fence, and is reported as deleted",
      lookAt:
        "what the delete handler leaves of the row that --seed makes, and how status counts it",
    });
  },
};
