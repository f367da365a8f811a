import { DutyBroken } from "../breach.ts";
import { type Answer, describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { newDeletion } from "../deletion.ts";
import { type Handler, handlers, type Kit } from "../kit.ts";
import { readStates } from "../states.ts";
import type { TestUser } from "../user.ts";
import { newJob } from "./exports.ts";

const mebibyte = 1024 * 1024;
const farTooMuch = 16 * mebibyte;

export const bodyLimits: Check = {
  name: "body-limits",
  duty: "A body of 1 MiB is taken, one that is far larger is refused, and neither harms the service.",
  source: "contract section 2",
  phase: "door",
  async run(kit) {
    const user = kit.user();
    for (const handler of handlers) {
      const largest = await kit.call(handler, padded(kit, user, mebibyte));
      if (isTaken(kit, handler, largest)) continue;
      throw new DutyBroken({
        expected: `a ${handler} call of exactly 1 MiB is answered as any other`,
        happened: describe(largest),
        lookAt: "the limit on bodies, in the service and in whatever stands before it",
      });
    }
    for (const handler of handlers) {
      const answer = await kit.call(handler, padded(kit, user, farTooMuch), { timeoutMs: 30_000 });
      if (isAnswer(answer, 413) || (answer.kind === "silence" && answer.how === "cut")) continue;
      throw new DutyBroken({
        expected: `a ${handler} call of 16 MiB is refused with 413, or its connection is closed`,
        happened: describe(answer),
        lookAt: "the limit on bodies: without one, a single call can fill the service's memory",
      });
    }
    const after = await kit.call("status", { ...user.body, categories: kit.categories });
    if (readStates(after, kit.categories)) return;
    throw new DutyBroken({
      expected: "the service answers as before after calls that were too large",
      happened: describe(after),
      lookAt: "what becomes of the service when a body is too large",
    });
  },
};

/** What became of it is not for this check to say. */
function isTaken(kit: Kit, handler: Handler, answer: Answer): boolean {
  if (handler === "status") return readStates(answer, kit.categories) !== undefined;
  return answer.kind === "answer" && answer.status !== 413;
}

/** A good call of exactly that many bytes. */
function padded(kit: Kit, user: TestUser, bytes: number): string {
  const deletion = newDeletion(user, { categories: kit.categories }).body();
  const body = { ...deletion, ...newJob(kit, user).body, conform_filler: "" };
  return JSON.stringify({
    ...body,
    conform_filler: "x".repeat(bytes - Buffer.byteLength(JSON.stringify(body))),
  });
}
