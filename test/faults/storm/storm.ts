import { setTimeout as pause } from "node:timers/promises";
import { loadConfiguration } from "../../../src/config.ts";
import { deriveKeyring } from "../../../src/store/keys.ts";
import { createSubjects } from "../../../src/store/subjects.ts";
import type { Act } from "../scenario.ts";
import { count } from "../stage.ts";
import { type Bystanders, chooseBystanders, compareBystanders } from "./bystanders.ts";
import { chooseKind, kinds, type World } from "./kinds.ts";
import { createSender, type Sent } from "./send.ts";
import { phaseOf, readTargets, type Target } from "./targets.ts";
import { findWrongAnswers, readEvidence } from "./verdict.ts";

export interface StormOptions {
  readonly reports: number;
  /** At once. */
  readonly concurrency: number;
  readonly bystanders: number;
  /** Of all users that may be reported about. */
  readonly uids: readonly string[];
}

const lookEveryMs = 250;
const sendersWaitMs = 20;
/** Reports that wait to be sent, out of order; so many that the last were made for what is long past. */
const outboxSize = 200;
/** A report is sent so often at most, with others between. */
const mostCopies = 3;
/** Of all reports; none of these may be taken. */
const aboutBystanders = 0.05;
/** Of all reports; the others wait, some of them for long. */
const sentAtOnce = 0.6;

type Order = Pick<Sent, "kind" | "made" | "text">;

/** Reports of every kind about deletions in every phase, doubled and out of order, while deletions run. */
export async function storm({ stage, dice, stopping }: Act, options: StormOptions): Promise<void> {
  const { tally } = stage;
  const subjects = createSubjects(deriveKeyring([loadConfiguration(stage.env).secrets.secret]));
  const uidOf = new Map(options.uids.map((uid) => [subjects.of(uid), uid]));
  const spared = await waitForBystanders(stage, options.bystanders, stopping);
  await using sender = await createSender(stage, dice);
  const outbox: Order[] = [];
  const sent: Sent[] = [];
  let made = 0;
  const world: World = { services: [], next: () => ++made, dice, now: Date.now };
  const isEnough = () => sent.length >= options.reports || stopping.aborted;

  function put(target: Target, isSpared: boolean): void {
    const kind = chooseKind(target, dice, isSpared);
    const report = kinds[kind]?.make(target, world);
    if (!report) return;
    count(tally, isSpared ? "about bystanders" : phaseOf(target));
    const order = { kind, made: report, text: JSON.stringify(report.body) };
    for (let copies = 1 + dice.below(mostCopies); copies > 0; copies -= 1) outbox.push(order);
  }

  async function fill(): Promise<void> {
    while (!isEnough()) {
      const found = await readTargets(stage, uidOf, spared.subjects);
      const isSpared = ({ subject }: Target) => spared.subjects.has(subject);
      const [others, targets] = [found.filter(isSpared), found.filter((it) => !isSpared(it))];
      while (outbox.length < outboxSize && targets.length > 0) {
        const isAboutOthers = others.length > 0 && dice.chance(aboutBystanders);
        put(isAboutOthers ? dice.pick(others) : pickTarget(targets, dice), isAboutOthers);
      }
      await pause(lookEveryMs);
    }
  }

  async function empty(): Promise<void> {
    while (!isEnough()) {
      const at = dice.chance(sentAtOnce) ? outbox.length - 1 : dice.below(outbox.length);
      const [order] = outbox.splice(Math.max(0, at), 1);
      if (order) sent.push(await sender.send(order));
      else await pause(sendersWaitMs);
    }
  }

  await Promise.all([fill(), ...Array.from({ length: options.concurrency }, empty)]);
  for (const { answer } of sent) count(tally, `answered ${answer ?? "nothing"}`);
  count(tally, "reports sent", sent.length);
  count(tally, "bodies sent again", sent.length - new Set(sent.map(({ text }) => text)).size);
  await judge();

  async function judge(): Promise<void> {
    const wrong = await findWrongAnswers(stage, sent);
    const { wronglyKept, wronglyDone, moved } = await readEvidence(stage, subjects, sent);
    const { left, changed } = await compareBystanders(stage, spared);
    count(tally, "wrong answers", wrong.length);
    count(tally, "wrongly kept", wronglyKept.length);
    count(tally, "wrongly done", wronglyDone.length);
    count(tally, "moved", moved);
    count(tally, "bystanders", left);
    count(tally, "bystanders changed", changed);
    for (const line of [...wrong, ...wronglyKept, ...wronglyDone].slice(0, 20)) console.log(line);
  }
}

/** Every phase is as likely as any other, however many parts are in it. */
function pickTarget(targets: readonly Target[], dice: Act["dice"]): Target {
  const byPhase = [...Map.groupBy(targets, phaseOf).values()];
  return dice.pick(dice.pick(byPhase));
}

async function waitForBystanders(
  stage: Act["stage"],
  wanted: number,
  stopping: AbortSignal,
): Promise<Bystanders> {
  for (;;) {
    const found = await chooseBystanders(stage, wanted);
    if (found.subjects.size >= wanted || stopping.aborted) return found;
    await pause(lookEveryMs);
  }
}
