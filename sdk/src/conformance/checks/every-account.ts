import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";

export const everyAccount: Check = {
  name: "every-account",
  duty: "Data of each account in `yandex_uids` counts and is deleted, not only of the first.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user(1);
    const [other = ""] = user.otherUids;
    await kit.seed(user, new Date(Date.now() - 3_600_000), { uid: other });
    const lookAt = "the use of `yandex_uids`: a list of all accounts of one person";
    await expectStates(kit, user, "ready_to_delete", {
      because: "the second account of the user has a row",
      lookAt,
    });
    const deletion = newDeletion(user, { categories: kit.categories });
    await expectDeleted(kit, deletion, await call(kit, deletion));
    await expectStates(kit, user, "empty", {
      because: "a deletion for both accounts was reported as done",
      lookAt,
    });
  },
};
