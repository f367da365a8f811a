import type { Check } from "../check.ts";
import { expectStates } from "../states.ts";

export const readyWithData: Check = {
  name: "ready-with-data",
  duty: "A category in which the user has a row is `ready_to_delete`.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    await expectStates(kit, user, "ready_to_delete", {
      because: "--seed has just made a row of the user in each category",
      lookAt:
        "the status handler; and --seed: it must make a row of TAKEOUT_UID in TAKEOUT_CATEGORY before it ends",
    });
  },
};
