import { expect, test } from "vitest";
import { createQuestionBreakers } from "../../src/connected/questions.ts";
import { failuresToOpen } from "../../src/domain/breaker.ts";

function start() {
  let at = 1_000;
  const questions = createQuestionBreakers(() => at);
  let put = 0;
  return {
    pass: (ms: number) => {
      at += ms;
    },
    put: () => put,
    ask: (answer: string | null | Promise<string | null>, tookMs = 0, givenMs = 1_000) =>
      questions.ask("realty", `q${put}`, { timeoutMs: givenMs, fullMs: 1_000 }, async () => {
        put += 1;
        at += tookMs;
        return await answer;
      }),
  };
}

const slowly = 1_000;

async function failUntilOpen({ ask }: ReturnType<typeof start>): Promise<void> {
  for (let at = 0; at < failuresToOpen; at += 1) expect(await ask(null, slowly)).toBeNull();
}

test("what fails at once costs nobody time: however often, the next question is put all the same", async () => {
  const service = start();
  for (let at = 0; at < 5 * failuresToOpen; at += 1) expect(await service.ask(null)).toBeNull();
  expect(await service.ask("empty")).toBe("empty");
});

test("a service that lets people wait in vain is not asked any more after a bounded number of questions", async () => {
  const service = start();
  await failUntilOpen(service);
  expect(await service.ask("empty")).toBeNull();
  expect(service.put()).toBe(failuresToOpen);
});

test("one question at a time finds out whether it answers again, and then all are put", async () => {
  const service = start();
  await failUntilOpen(service);
  service.pass(1_000);
  const answer = Promise.withResolvers<string | null>();
  const probe = service.ask(answer.promise);
  expect(await service.ask("empty")).toBeNull();
  expect(service.put()).toBe(failuresToOpen + 1);
  answer.resolve("empty");
  expect(await probe).toBe("empty");
  expect(await service.ask("ready")).toBe("ready");
});

test("after a question that was put in vain the next one waits for its time", async () => {
  const service = start();
  await failUntilOpen(service);
  service.pass(1_000);
  await service.ask(null, slowly);
  service.pass(3_900);
  expect(await service.ask("empty")).toBeNull();
  service.pass(100);
  expect(await service.ask("empty")).toBe("empty");
});

test("a service that others left too little time to answer did not let anybody wait", async () => {
  const service = start();
  for (let at = 0; at < 2 * failuresToOpen; at += 1) {
    expect(await service.ask(null, 100, 100)).toBeNull();
  }
  expect(await service.ask("empty")).toBe("empty");
});
