import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";

export const finalReport: Check = {
  name: "final-report",
  duty: "Every category of a delete call is brought to its end, and the hub is told of each.",
  source: "contract sections 6 and 7",
  phase: "deletion",
  async run(kit) {
    const user = kit.user();
    if (kit.hasHook.seed) await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
  },
};
