import { DutyBroken } from "../breach.ts";
import { describe, isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { readStates } from "../states.ts";

const patientlyMs = 30_000;
const stretchMs = 3_000;
const pieces = 6;

export const slowSender: Check = {
  name: "slow-sender",
  duty: "A body that comes slowly is taken; one that stops coming is given up after about 10 seconds.",
  source: "contract section 2",
  phase: "background",
  async run(kit) {
    const call = () => JSON.stringify({ ...kit.user().body, categories: kit.categories });
    const slow = call();
    const length = Math.ceil(slow.length / pieces);
    const answered = await kit.call("status", slow, {
      timeoutMs: stretchMs + 10_000,
      pour: (sink) => {
        for (let piece = 0; piece < pieces; piece++) {
          const chunk = slow.slice(piece * length, (piece + 1) * length);
          const isLast = piece === pieces - 1;
          setTimeout(
            () => (isLast ? sink.end(chunk) : sink.write(chunk)),
            (piece * stretchMs) / (pieces - 1),
          );
        }
      },
    });
    if (!readStates(answered, kit.categories)) {
      throw new DutyBroken({
        expected: "a body that takes 3 seconds to arrive is answered as any other",
        happened: describe(answered),
        lookAt: "the time limit on reading a body: 10 seconds",
      });
    }
    const stopped = call();
    const given = await kit.call("status", stopped, {
      timeoutMs: patientlyMs,
      pour: (sink) => sink.write(stopped.slice(0, 20)),
    });
    if (isAnswer(given, 408) || (given.kind === "silence" && given.how === "cut")) return;
    throw new DutyBroken({
      expected: "a call whose body stops coming is answered 408, or its connection is closed",
      happened: given.kind === "silence" ? "nothing for 30 seconds" : describe(given),
      lookAt:
        "a time limit on reading a body: without one, stuck senders hold connections for ever",
    });
  },
};
