import { DutyBroken, NotApplicable } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { expectReachable, waitForAnswer } from "../reachable.ts";

export const keysAway: Check = {
  name: "keys-away",
  duty: "While the hub's keys cannot be read, calls are answered 503, not refused for good.",
  source: "contract section 3",
  phase: "restart",
  hooks: ["restart"],
  async run(kit) {
    kit.hub.keysAway = true;
    const answer = await kit
      .restart()
      .then(() => waitForAnswer(kit))
      .finally(() => {
        kit.hub.keysAway = false;
      });
    if (!answer) await kit.restart();
    await expectReachable(kit);
    if (!answer) throw new NotApplicable("the service does not start without the hub's keys");
    // With keys of its own the service needs no hub to know a good ticket.
    if (isAnswer(answer, 200, 503)) return;
    throw new DutyBroken({
      expected: "503 `auth_unavailable` with `Retry-After`: the hub then calls again",
      happened: describe(answer),
      lookAt: "what the check of a ticket does when /.well-known/jwks.json cannot be read",
    });
  },
};
