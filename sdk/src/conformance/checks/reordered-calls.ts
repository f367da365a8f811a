import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";
import { seedAfter } from "./fence.ts";

export const reorderedCalls: Check = {
  name: "reordered-calls",
  duty: "A call that comes late is carried out and reported, within its own fence.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["repeat-keeps-newer"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const older = newDeletion(user, { categories: kit.categories });
    await seedAfter(kit, user, older.to);
    const newer = newDeletion(user, { categories: kit.categories });
    await seedAfter(kit, user, newer.to);

    // Its second call overtakes its first.
    await expectDeleted(kit, newer, await call(kit, newer, 2));
    await expectDeleted(kit, newer, await call(kit, newer, 1));
    // An older deletion, held up on its way, comes after a newer one.
    await expectDeleted(kit, older, await call(kit, older, 1));
    await expectStates(kit, user, "ready_to_delete", {
      because: "a row was created after the `to` of both deletions",
      lookAt: "which fence a late call obeys: the `to` that it bears",
    });
  },
};
