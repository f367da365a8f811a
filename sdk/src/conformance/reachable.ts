import { setTimeout as pause } from "node:timers/promises";
import { DutyBroken } from "./breach.ts";
import { type Answer, describe, isAnswer } from "./calls.ts";
import type { Kit } from "./kit.ts";
import { askStatus } from "./states.ts";

const pollMs = 200;
const startsWithinMs = 30_000;
// A service reads the hub's keys again for an unknown `kid` at most once in 30 s.
const knowsKeysWithinMs = 35_000;

/** The first answer of any kind; `undefined` when nothing answers in time. */
export async function waitForAnswer(kit: Kit, ms = startsWithinMs): Promise<Answer | undefined> {
  const giveUpAt = performance.now() + ms;
  do {
    const answer = await askStatus(kit, kit.user());
    if (answer.kind === "answer") return answer;
    await pause(pollMs);
  } while (performance.now() < giveUpAt);
  return undefined;
}

/** Waits until the service accepts the hub's calls; whatever it answers in the end is given back. */
export async function waitUntilReady(kit: Kit): Promise<Answer> {
  const giveUpAt = performance.now() + knowsKeysWithinMs;
  for (;;) {
    const answer = await askStatus(kit, kit.user());
    const mayChange = answer.kind === "silence" || isAnswer(answer, 401, 503);
    if (!mayChange || performance.now() > giveUpAt) return answer;
    await pause(pollMs);
  }
}

/** @throws DutyBroken when the service does not come back after its restart. */
export async function expectReachable(kit: Kit): Promise<void> {
  const answer = await waitUntilReady(kit);
  if (isAnswer(answer, 200)) return;
  throw new DutyBroken({
    expected: "the service answers again within 35 s after its restart",
    happened: describe(answer),
    lookAt: "the command of --restart: it has to start the service too, in the background",
  });
}
