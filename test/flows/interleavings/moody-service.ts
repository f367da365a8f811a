import type { Answer, FakeService, ReceivedCall } from "../../support/fake-service.ts";
import { startFakeService } from "../../support/fake-service.ts";
import type { ServiceCall } from "../../support/history.ts";
import type { Dice } from "../../support/random.ts";

/** A report that a service wrote, as a body of set_data_status. */
export interface Letter {
  readonly service: FakeService;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface MoodySetting {
  readonly dice: Dice;
  /** What reached the service, as it wrote it down. */
  readonly calls: ServiceCall[];
  /** Reports that may be sent, again and again. */
  readonly letters: Letter[];
  readonly send: (letter: Letter) => Promise<unknown>;
}

/** A service that obeys, refuses, stalls, reports early, twice or late, as the dice say. */
export interface MoodyService extends AsyncDisposable {
  readonly fake: FakeService;
  /** From now on it does what it is told, at once. */
  calmDown(): void;
  /** Answers what it has kept waiting. */
  answerOne(): void;
}

const moods = [
  ...(["obey", "obey", "obey", "fail", "fail", "stall", "report first", "report twice"] as const),
  ...(["report failure", "report failure first", "forget", "deny", "refuse"] as const),
];

export async function startMoodyService(
  name: string,
  completion: "report" | "answer",
  { dice, calls, letters, send }: MoodySetting,
): Promise<MoodyService> {
  const fake = await startFakeService(name);
  const stalled: (() => void)[] = [];
  let isCalm = false;

  const remember = (call: ReceivedCall, kind: ServiceCall["kind"]): ServiceCall => {
    const entry: ServiceCall = {
      service: name,
      kind,
      categories: call.body.categories,
      deletionId: call.body.deletion_id ?? null,
      attempt: call.body.attempt ?? null,
      to: call.body.to ?? null,
      arrivedAt: Date.now(),
      status: null,
      body: null,
    };
    calls.push(entry);
    return entry;
  };

  const write = (call: ReceivedCall, state: "deleted" | "delete_failed"): Letter[] => {
    const isPlain = dice.chance(0.2);
    const written = call.body.categories.map((category_id: string): Letter => {
      const { report_uid: yandex_uid, deletion_id, attempt, to } = call.body;
      const completed_at = new Date().toISOString();
      const common = { yandex_uid, category_id, state, completed_at, to };
      const more = state === "deleted" ? {} : { retriable: dice.chance(0.8) };
      return {
        service: fake,
        body: { ...common, ...more, ...(!isPlain && { deletion_id, attempt }) },
      };
    });
    letters.push(...written);
    return written;
  };

  const done = (call: ReceivedCall): Answer => {
    if (completion === "answer" && !dice.chance(0.2)) return { status: 200 };
    write(call, "deleted");
    return { status: 202 };
  };

  async function react(call: ReceivedCall): Promise<Answer> {
    switch (isCalm ? "obey" : dice.pick(moods)) {
      case "obey":
        return done(call);
      case "fail":
        return { status: dice.pick([500, 503, 429, 204]) };
      case "stall":
        await new Promise<void>((resolve) => stalled.push(resolve));
        return done(call);
      case "report first":
        for (const letter of write(call, "deleted")) await send(letter);
        return { status: dice.pick([200, 202, 500]) };
      case "report twice": {
        const written = write(call, "deleted");
        await Promise.all([...written, ...written].map(send));
        return { status: 202 };
      }
      case "report failure":
        write(call, "delete_failed");
        return { status: 202 };
      case "report failure first":
        for (const letter of write(call, "delete_failed")) await send(letter);
        return { status: 202 };
      case "forget":
        return { status: 202 };
      case "deny":
        return dice.chance(0.3)
          ? { status: 409, body: { code: "delete_denied", reason: "debt" } }
          : { status: 503 };
      case "refuse":
        return { status: dice.chance(0.3) ? 403 : 500 };
    }
  }

  fake.onDelete = async (call) => {
    const entry = remember(call, "delete");
    const answer = await react(call);
    entry.status = answer.status;
    return answer;
  };
  fake.onStatus = (call) => {
    const entry = remember(call, "status");
    const state = dice.pick(["empty", "ready_to_delete", "delete_in_progress"] as const);
    const answer: Answer =
      !isCalm && dice.chance(0.3)
        ? { status: 500 }
        : { status: 200, body: { data_state: isCalm ? "empty" : state } };
    entry.status = answer.status;
    entry.body = answer.body ?? null;
    return answer;
  };

  return {
    fake,
    calmDown() {
      isCalm = true;
      for (const resume of stalled.splice(0)) resume();
    },
    answerOne() {
      stalled.shift()?.();
    },
    async [Symbol.asyncDispose]() {
      for (const resume of stalled.splice(0)) resume();
      await fake[Symbol.asyncDispose]();
    },
  };
}
