import { DutyBroken } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { askStatus, readStates } from "../states.ts";

export const statusAnswer: Check = {
  name: "status-answer",
  duty: "Status is answered 200 with a state for every category asked, in either form.",
  source: "contract section 7",
  phase: "door",
  async run(kit) {
    const answer = await askStatus(kit, kit.user());
    if (readStates(answer, kit.categories)) return;
    const isRefused = isAnswer(answer, 401, 503);
    throw new DutyBroken({
      expected: "200 with `empty`, `ready_to_delete` or `delete_in_progress` for each category",
      happened: isAnswer(answer, 200)
        ? "200 with a body that is none, or leaves out a category"
        : describe(answer),
      lookAt: isRefused
        ? keysHint(kit.hub.keyReads, kit.hub.origin, kit.service)
        : "the handler of POST /v1/takeout/status/ and the service's log",
    });
  },
};

function keysHint(reads: number, origin: string, service: string): string {
  return reads === 0
    ? `the hub's address in the service: nobody read ${origin}/.well-known/jwks.json (with keys given by file, start the service with the public half of --hub-key)`
    : `the ticket's names: \`aud\` is --service (${service}), \`iss\` and \`sub\` are --hub-client`;
}
