import { Breaches } from "../breach.ts";
import { describe } from "../calls.ts";
import type { Check } from "../check.ts";
import { newDeletion } from "../deletion.ts";
import { expectStates } from "../states.ts";

const retried = [408, 425, 429];

export const malformedCalls: Check = {
  name: "malformed-calls",
  duty: "A delete call without a readable user or fence is refused with a 4xx and deletes nothing.",
  source: "contract sections 2 and 7",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["ready-with-data"],
  async run(kit) {
    const breaches = new Breaches();
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const body = newDeletion(user, { categories: kit.categories }).body();
    const bodies: Readonly<Record<string, object | string>> = {
      "without `to`": { ...body, to: undefined },
      "with a `to` that is no time": { ...body, to: "soon" },
      "without `yandex_uids`": { ...body, yandex_uids: undefined },
      "with no user in `yandex_uids`": { ...body, yandex_uids: [] },
      "that is a list": [body],
      "that is cut short": JSON.stringify(body).slice(0, -2),
    };
    for (const [fault, wrong] of Object.entries(bodies)) {
      const answer = await kit.call("delete", wrong);
      const isRefused =
        answer.kind === "answer" &&
        answer.status >= 400 &&
        answer.status < 500 &&
        !retried.includes(answer.status);
      if (isRefused) continue;
      breaches.add({
        expected: `a body ${fault} is refused with 400`,
        happened: describe(answer),
        lookAt: "the validation of the body before the work begins",
      });
    }
    breaches.throwIfAny();
    await expectStates(kit, user, "ready_to_delete", {
      because: "no well-formed delete call was made for this user",
      lookAt: "what the delete handler does before it has validated the whole body",
    });
  },
};
