import { Breaches } from "../breach.ts";
import { isAnswer } from "../calls.ts";
import type { Check } from "../check.ts";
import { call, closesByAnswer, expectDeleted, newDeletion } from "../deletion.ts";
import type { Kit } from "../kit.ts";
import { expectStates, statesOf } from "../states.ts";
import type { TestUser } from "../user.ts";

export const reportAfterWork: Check = {
  name: "report-after-work",
  duty: "A category is said to be deleted when it is, not before.",
  source: "contract section 6",
  phase: "deletion",
  hooks: ["seed"],
  needs: ["ready-with-data", "final-report"],
  async run(kit) {
    const user = kit.user();
    await kit.seed(user, new Date(Date.now() - 3_600_000));
    const breaches = new Breaches();
    const judged: Promise<void>[] = [];
    // While a report waits for its answer, the service cannot have done anything after it.
    kit.hub.answerReportsOf(user.uid, async ({ body }) => {
      if (body.state !== "deleted") return undefined;
      const judging = judge(kit, user, [body.category_id ?? ""], breaches);
      judged.push(judging);
      await judging;
      return undefined;
    });
    const deletion = newDeletion(user, { categories: kit.categories });
    const sent = await call(kit, deletion);
    if (closesByAnswer(kit, sent.answer) && isAnswer(sent.answer, 200)) {
      await judge(kit, user, kit.categories, breaches);
    }
    await expectDeleted(kit, deletion, sent);
    await Promise.all(judged);
    breaches.throwIfAny();
    kit.hub.answerReportsOf(user.uid, undefined);
    // A service may call itself busy until the hub has its report, but not for longer.
    await expectStates(kit, user, "empty", {
      because: "every category was reported as deleted, and the hub has the reports",
      lookAt: "what is still done after the report",
    });
  },
};

async function judge(
  kit: Kit,
  user: TestUser,
  categories: readonly string[],
  breaches: Breaches,
): Promise<void> {
  const states = await statesOf(kit, user, categories).catch(() => undefined);
  for (const [id, state] of states ?? []) {
    if (state !== "ready_to_delete") continue;
    breaches.add({
      expected: `category ${id} is gone when the hub is told that it is deleted`,
      happened: "at that moment status still said `ready_to_delete`",
      lookAt: "the order of work and report: the report is sent after the work is committed",
    });
  }
}
