import { setTimeout as pause } from "node:timers/promises";
import type { Check } from "../check.ts";
import { call, expectDeleted, newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";

export const cutConnections: Check = {
  name: "cut-connections",
  duty: "A call that is cut off does nothing by halves; repeated, it is carried out and reported.",
  source: "contract section 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["empty-after-delete"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const deletion = newDeletion(user, { categories: kit.categories });
    const text = JSON.stringify(deletion.body());
    await kit.call("delete", text, {
      pour: async (sink) => {
        sink.write(text.slice(0, -10));
        await pause(100);
        sink.cut();
      },
    });
    await expectStates(kit, user, "ready_to_delete", {
      because: "the body of the delete call was cut off before its end",
      lookAt: "what the delete handler does before the whole body is there",
    });
    // The whole call arrives, and the caller does not live to see the answer.
    await kit.call("delete", text, {
      pour: async (sink) => {
        sink.write(text);
        await pause(250); // so long that a busy service has begun
        sink.cut();
      },
    });
    await expectDeleted(kit, deletion, await call(kit, deletion, 2));
    await expectStates(kit, user, "empty", {
      because: "the deletion was repeated after its connection was cut, and reported as done",
      lookAt: "what a repeat does while, or after, the cut call was at work",
    });
  },
};
