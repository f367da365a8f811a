import type { Check } from "../check.ts";
import { asksForRepeat, call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";
import { seedAfter } from "./fence.ts";

const longAgo = () => new Date(Date.now() - 3_600_000);

export const repeatReported: Check = {
  name: "repeat-reported",
  duty: "A finished deletion that is called again is reported again: the first report may be lost.",
  source: "contract section 7",
  phase: "deletion",
  needs: ["final-report"],
  async run(kit) {
    const user = kit.user();
    if (kit.hasHook.seed) await kit.seed(user, longAgo());
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectDeleted(kit, deletion, await call(kit, deletion, 2));
  },
};

export const repeatKeepsNewer: Check = {
  name: "repeat-keeps-newer",
  duty: "A deletion that is called again touches nothing later than its `to`, as the first time.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["fence", "repeat-reported"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, longAgo());
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await seedAfter(kit, user, deletion.to);
    await expectDeleted(kit, deletion, await call(kit, deletion, 2));
    await expectStates(kit, user, "ready_to_delete", {
      because: "a row was created after `to`, and only then was the deletion repeated",
      lookAt: "what a repeat of a known `deletion_id` does: the same fence, or nothing at all",
    });
  },
};

export const duplicateDelivery: Check = {
  name: "duplicate-delivery",
  duty: "The same call delivered twice is taken twice and does its work once, or harmlessly again.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, longAgo());
    const deletion = newDeletion(user, { categories: kit.categories });
    const first = await call(kit, deletion);
    const second = await call(kit, deletion);
    await expectDeleted(kit, deletion, first);
    if (!asksForRepeat(second.answer)) {
      await expectDeleted(kit, deletion, { ...second, reportsBefore: first.reportsBefore });
    }
    await expectStates(kit, user, "empty", {
      because: "both deliveries were taken, and the deletion was reported as done",
      lookAt: "what a second call does while the first is at work",
    });
  },
};
