import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TakeoutError } from "../../src/domain/errors.ts";
import { goesAlone, type Merging, mergeCalls } from "../../src/store/merge-calls.ts";

/** The clock is the test's: nothing here takes time but what the test lets pass. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const lost = () => Object.assign(new Error("lost"), { code: "CONNECTION_CLOSED" });
const locked = () => Object.assign(new Error("locked"), { code: "55P03" });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Lets everything run that waits for no more than the event loop to go round. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

/** A `together` whose every run the test ends. */
function createDesk<Input, Output>() {
  const runs: {
    readonly inputs: readonly Input[];
    answer(outputs: readonly (Output | typeof goesAlone)[]): void;
    fail(error: unknown): void;
  }[] = [];
  const together = (inputs: readonly Input[]) => {
    const { promise, resolve, reject } =
      Promise.withResolvers<readonly (Output | typeof goesAlone)[]>();
    runs.push({ inputs, answer: resolve, fail: reject });
    return promise;
  };
  return { runs, together };
}

function createNumbers(options: Partial<Merging<number, string>> = {}) {
  const { runs, together } = createDesk<number, string>();
  const call = mergeCalls<number, string>({ together, ...options });
  /** Answers a run with each input's name. */
  const answer = async (at: number) => {
    runs[at]?.answer(runs[at].inputs.map(String));
    await settle();
  };
  return { runs, call, answer };
}

/** Callers who come back one by one, each within another turn of the event loop. */
async function makeATurnApart(call: (input: number) => Promise<string>, inputs: readonly number[]) {
  const answers: Promise<string>[] = [];
  for (const input of inputs) {
    answers.push(call(input));
    await turn();
  }
  await settle();
  return answers;
}

describe("back-pressure", () => {
  test("a call that finds nothing under way is sent at once and by itself", async () => {
    const { runs, call, answer } = createNumbers();
    const first = call(1);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1]]);
    await answer(0);
    expect(await first).toBe("1");
  });

  test("what comes while a batch is under way goes together into the next, in order", async () => {
    const { runs, call, answer } = createNumbers();
    const answers = [1, 2, 3, 4].map((input) => call(input));
    await answer(0);
    expect(runs[1]?.inputs).toEqual([2, 3, 4]);
    await answer(1);
    expect(await Promise.all(answers)).toEqual(["1", "2", "3", "4"]);
  });

  test("what the answers to a batch bring within a few turns of the event loop goes together", async () => {
    const { runs, call } = createNumbers();
    const first = call(1);
    runs[0]?.answer(["1"]);
    await first;
    const others = await makeATurnApart(call, [2, 3]);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3]]);
    runs[1]?.answer(["2", "3"]);
    expect(await Promise.all(others)).toEqual(["2", "3"]);
  });

  test("a batch holds no more than the most, and none is heavier than the heaviest", async () => {
    const { runs, call, answer } = createNumbers({
      most: 3,
      heaviest: 10,
      weightOf: (input) => input,
    });
    const answers = [1, 2, 2, 2, 1, 9, 2, 50, 1].map((input) => call(input));
    for (let at = 0; at < 6; at += 1) await answer(at);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 2, 2], [1, 9], [2], [50], [1]]);
    await Promise.all(answers);
  });

  test("a line that is full refuses with a time to come back, and takes others once it is not", async () => {
    const { runs, call, answer } = createNumbers({ waitingMost: 2 });
    const answers = [1, 2, 3].map((input) => call(input));
    await expect(call(4)).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 1 });
    await answer(0);
    const later = call(5);
    await answer(1);
    await answer(2);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3], [5]]);
    await Promise.all([...answers, later]);
  });

  test("where keys are shared, those of one key go together, and wait only for one that goes alone", async () => {
    const { runs, call, answer } = createNumbers({
      ...{ keyOf: (input) => String(input % 10), sharesKeys: true },
    });
    const answers = [1, 2, 11, 21, 12, 3].map((input) => call(input));
    await answer(0);
    expect(runs[1]?.inputs).toEqual([2, 11, 21, 12, 3]);
    runs[1]?.answer(["2", "11", goesAlone, "12", "3"]);
    await settle();
    expect(runs[2]?.inputs).toEqual([21]);
    answers.push(call(31), call(4));
    expect(runs[3]?.inputs).toEqual([4]);
    await answer(3);
    expect(runs).toHaveLength(4);
    await answer(2);
    expect(runs[4]?.inputs).toEqual([31]);
    await answer(4);
    expect(await Promise.all(answers)).toEqual(["1", "2", "11", "21", "12", "3", "31", "4"]);
  });

  test("two of one key are never under way at once, and keep their order; others pass by", async () => {
    const { runs, call, answer } = createNumbers({ keyOf: (input) => String(input % 10) });
    const answers = [1, 11, 21, 2, 3].map((input) => call(input));
    await answer(0);
    expect(runs[1]?.inputs).toEqual([11, 2, 3]);
    await answer(1);
    expect(runs[2]?.inputs).toEqual([21]);
    await answer(2);
    expect(await Promise.all(answers)).toEqual(["1", "11", "21", "2", "3"]);
  });
});

describe("overlapping", () => {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at);

  test("when as many wait as were done, they are sent before those who waited are answered", async () => {
    const order: string[] = [];
    const answers: ((outputs: readonly string[]) => void)[] = [];
    const call = mergeCalls<number, string>({
      overlaps: true,
      async together(inputs) {
        order.push(`sent ${inputs}`);
        return await new Promise((resolve) => answers.push(resolve));
      },
    });
    const follow = async (input: number) => order.push(`answered ${await call(input)}`);
    const all = [1, 2, 3].map(follow);
    answers[0]?.(["1"]);
    await settle();
    expect(order).toEqual(["sent 1", "sent 2,3", "answered 1"]);
    answers[1]?.(["2", "3"]);
    await Promise.all(all);
  });

  test("fewer wait until those who are answered are back, and go with them", async () => {
    const { runs, call, answer } = createNumbers({ overlaps: true });
    const answers = range(1, 9).map((input) => call(input));
    await answer(0);
    answers.push(...range(10, 13).map((input) => call(input)));
    runs[1]?.answer(range(2, 9).map(String));
    await answers[1];
    expect(runs).toHaveLength(2);
    answers.push(call(14));
    await settle();
    expect(runs[2]?.inputs).toEqual(range(10, 14));
    await answer(2);
    await Promise.all(answers);
  });

  test("when all waited for a batch, half of them go as soon as they are back, and the others follow at once", async () => {
    const { runs, call, answer } = createNumbers({ overlaps: true });
    const first = range(1, 9).map((input) => call(input));
    await answer(0);
    expect(runs[1]?.inputs).toEqual(range(2, 9));
    runs[1]?.answer(range(2, 9).map(String));
    await Promise.all(first);
    const second = range(10, 25).map((input) => call(input));
    await settle();
    expect(runs[2]?.inputs).toEqual(range(10, 17));
    await answer(2);
    expect(runs[3]?.inputs).toEqual(range(18, 25));
    await answer(3);
    await Promise.all(second);
  });

  test("a few are not halved, and neither are many who wait where nothing overlaps", async () => {
    for (const [overlaps, last] of [[true, 16] as const, [false, 25] as const]) {
      const { runs, call, answer } = createNumbers({ overlaps });
      const first = range(1, 9).map((input) => call(input));
      await answer(0);
      runs[1]?.answer(range(2, 9).map(String));
      await Promise.all(first);
      const second = range(10, last).map((input) => call(input));
      await settle();
      expect(runs[2]?.inputs).toEqual(range(10, last));
      await answer(2);
      await Promise.all(second);
    }
  });

  test("a slow batch is not waited for, but two are, and those beside it go at once", async () => {
    const { runs, call, answer } = createNumbers({ overlaps: true });
    const answers = [1, 2, 3].map((input) => call(input));
    await vi.advanceTimersByTimeAsync(20);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1], [2, 3]]);
    answers.push(call(4));
    await vi.advanceTimersByTimeAsync(20);
    expect(runs).toHaveLength(2);
    await answer(1);
    expect(runs[2]?.inputs).toEqual([4]);
    await answer(0);
    await answer(2);
    expect(await Promise.all(answers)).toEqual(["1", "2", "3", "4"]);
  });

  test("nor is a heavy batch, and what still waits goes beside it at once", async () => {
    const { runs, call, answer } = createNumbers({
      overlaps: true,
      weightOf: () => 1,
      heaviest: 3,
    });
    const answers = range(1, 9).map((input) => call(input));
    await answer(0);
    expect(runs.map(({ inputs }) => inputs)).toEqual([[1], range(2, 4), range(5, 7)]);
    await answer(2);
    expect(runs[3]?.inputs).toEqual([8, 9]);
    for (const at of [1, 3]) await answer(at);
    await Promise.all(answers);
  });

  test("what a slow batch's answers bring goes together, and not in halves where another is under way", async () => {
    const { runs, call, answer } = createNumbers({ overlaps: true });
    const first = range(1, 9).map((input) => call(input));
    await answer(0);
    await vi.advanceTimersByTimeAsync(20);
    const beside = call(10);
    await vi.advanceTimersByTimeAsync(20);
    runs[1]?.answer(range(2, 9).map(String));
    await Promise.all(first);
    const back = range(11, 20).map((input) => call(input));
    await settle();
    expect(runs.slice(2).map(({ inputs }) => inputs)).toEqual([[10], range(11, 20)]);
    await answer(2);
    await answer(3);
    await Promise.all([beside, ...back]);
  });

  test("once it is done a slow batch is waited for until what its answers bring has come in", async () => {
    const { runs, call, answer } = createNumbers({ overlaps: true });
    const first = call(1);
    await vi.advanceTimersByTimeAsync(20);
    runs[0]?.answer(["1"]);
    await first;
    const others = await makeATurnApart(call, [2, 3]);
    expect(runs[1]?.inputs).toEqual([2, 3]);
    await answer(1);
    await Promise.all(others);
  });

  test("where nothing overlaps a slow batch is waited for", async () => {
    const { runs, call, answer } = createNumbers();
    const answers = [1, 2].map((input) => call(input));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(runs).toHaveLength(1);
    await answer(0);
    await answer(1);
    await Promise.all(answers);
  });

  test("what goes alone keeps its key from the batch that follows", async () => {
    const keyOf = (input: number) => String(input % 10);
    const { runs, call, answer } = createNumbers({ overlaps: true, keyOf });
    const answers = [1, 2, 3, 12, 13, 4].map((input) => call(input));
    await answer(0);
    expect(runs[1]?.inputs).toEqual([2, 3, 4]);
    answers.push(call(5));
    runs[1]?.answer(["2", goesAlone, "4"]);
    await settle();
    expect(runs.slice(2).map(({ inputs }) => inputs)).toEqual([[12, 5], [3]]);
    await answer(2);
    expect(runs).toHaveLength(4);
    await answer(3);
    expect(runs[4]?.inputs).toEqual([13]);
    await answer(4);
    expect(await Promise.all(answers)).toEqual(["1", "2", "3", "12", "13", "4", "5"]);
  });
});

describe("callers who give up", () => {
  test("an input whose caller gave up before it was sent is never sent", async () => {
    const { runs, call, answer } = createNumbers();
    const first = call(1);
    const caller = new AbortController();
    const second = call(2, { signal: caller.signal });
    const third = call(3, { withinMs: 100 });
    const fourth = call(4);
    for (const gone of [second, third]) gone.catch(() => {});
    caller.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    await vi.advanceTimersByTimeAsync(100);
    await expect(third).rejects.toMatchObject({ code: "unavailable", retryAfterSeconds: 1 });
    await answer(0);
    expect(runs[1]?.inputs).toEqual([4]);
    await answer(1);
    expect(await Promise.all([first, fourth])).toEqual(["1", "4"]);
  });

  test("one whose signal has fired already is refused with its reason", async () => {
    const { runs, call } = createNumbers();
    await expect(call(1, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    expect(runs).toHaveLength(0);
  });

  test("a caller whose time is over is told so, and its batch goes on for the others", async () => {
    const { call, answer } = createNumbers();
    const first = call(0);
    const short = call(1, { withinMs: 50 });
    const long = call(2);
    short.catch(() => {});
    await answer(0);
    await vi.advanceTimersByTimeAsync(50);
    await expect(short).rejects.toMatchObject({ code: "unavailable" });
    await answer(1);
    expect(await Promise.all([first, long])).toEqual(["0", "2"]);
  });

  test("a batch is given the time of the caller who waits longest", async () => {
    const times: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = mergeCalls<number, number>({
      async together(inputs, withinMs) {
        times.push(withinMs);
        if (times.length === 1) await promise;
        return inputs;
      },
    });
    const answers = [call(1), call(2, { withinMs: 100 }), call(3, { withinMs: 900 })];
    await vi.advanceTimersByTimeAsync(40);
    resolve();
    await Promise.all(answers);
    expect(times).toEqual([2_500, 860]);
  });

  test("nothing is left behind: no timer, no listener", async () => {
    const { call, answer } = createNumbers();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const first = call(1, { signal });
    await answer(0);
    await first;
    expect(removed).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("failures", () => {
  test("one bad input fails alone: the others of its batch get their answers", async () => {
    const broken: unknown[] = [];
    const { runs, call, answer } = createNumbers({
      onBroken: (error, count) => broken.push([String(error), count]),
    });
    const answers = Promise.allSettled([1, 2, 3, 4].map((input) => call(input)));
    await answer(0);
    runs[1]?.fail(new Error("3 is bad"));
    await settle();
    expect(runs.slice(2).map(({ inputs }) => inputs)).toEqual([[2], [3], [4]]);
    await answer(2);
    runs[3]?.fail(new Error("3 is bad"));
    await answer(4);
    const settled = await answers;
    expect(settled.map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled", "rejected", "fulfilled"],
    ]);
    expect(settled[2]).toMatchObject({ reason: { message: "3 is bad" } });
    expect(broken).toEqual([["Error: 3 is bad", 3]]);
  });

  test("when the database is away, the callers of a batch are told so, and it is not asked for each", async () => {
    for (const error of [lost(), new TakeoutError("unavailable", { retryAfterSeconds: 1 })]) {
      const { runs, call, answer } = createNumbers();
      const answers = [1, 2, 3].map((input) => call(input));
      await answer(0);
      runs[1]?.fail(error);
      const settled = await Promise.allSettled(answers);
      expect(runs).toHaveLength(2);
      for (const failed of settled.slice(1)) {
        expect(failed).toMatchObject({ reason: { code: "unavailable", retryAfterSeconds: 1 } });
      }
    }
  });

  test("a lock that one input waits for in vain is no failure of the others", async () => {
    for (const error of [
      locked(),
      new TakeoutError("unavailable", { retryAfterSeconds: 1, cause: locked() }),
    ]) {
      const { runs, call, answer } = createNumbers();
      const answers = [1, 2, 3].map((input) => call(input));
      await answer(0);
      runs[1]?.fail(error);
      await settle();
      await answer(2);
      runs[3]?.fail(error);
      const settled = await Promise.allSettled(answers);
      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    }
  });

  test("what goes alone holds up neither its batch nor the next", async () => {
    const { runs, together } = createDesk<number, string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const call = mergeCalls<number, string>({ together, alone: () => promise });
    const slow = call(1);
    runs[0]?.answer([goesAlone]);
    await settle();
    const next = call(2);
    runs[1]?.answer(["2"]);
    expect(await next).toBe("2");
    resolve("1");
    expect(await slow).toBe("1");
  });

  test("no more go alone at once than are allowed, and who gave up meanwhile does not", async () => {
    const alone: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const { runs, together } = createDesk<number, number>();
    const call = mergeCalls<number, number>({
      together,
      async alone(input) {
        alone.push(input);
        await promise;
        return input;
      },
      aloneAtOnce: 2,
    });
    const answers = [0, 1, 2].map((input) => call(input));
    const given = call(3, { withinMs: 100 });
    given.catch(() => {});
    answers.push(call(4));
    runs[0]?.answer([0]);
    await settle();
    runs[1]?.fail(new Error("broken"));
    await vi.advanceTimersByTimeAsync(100);
    expect(alone).toEqual([1, 2]);
    await expect(given).rejects.toMatchObject({ code: "unavailable" });
    resolve();
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 4]);
    expect(alone).toEqual([1, 2, 4]);
  });

  test("one whose caller gave up is not done alone, and those of its key come after", async () => {
    const { runs, call, answer } = createNumbers({
      keyOf: (input) => String(input % 10),
      aloneAtOnce: 1,
    });
    const callers = [new AbortController(), new AbortController()] as const;
    const answers = Promise.allSettled([
      call(0),
      call(1, { signal: callers[0].signal }),
      call(2),
      call(3, { signal: callers[1].signal }),
      call(11),
      call(13),
    ]);
    await answer(0);
    callers[0].abort(new Error("gave up"));
    runs[1]?.fail(new Error("broken"));
    await settle();
    expect(runs.slice(1).map(({ inputs }) => inputs)).toEqual([[1, 2, 3], [2], [11]]);
    callers[1].abort(new Error("gave up"));
    await answer(3);
    expect(runs.slice(4).map(({ inputs }) => inputs)).toEqual([[13]]);
    await answer(2);
    await answer(4);
    const settled = (await answers).map((one) => "value" in one && one.value);
    expect(settled).toEqual(["0", false, "2", false, "11", "13"]);
  });

  test("a batch with too few answers is a fault of ours that no caller gets another's answer by", async () => {
    const { runs, call, answer } = createNumbers();
    const answers = [1, 2, 3].map((input) => call(input));
    await answer(0);
    runs[1]?.answer(["2"]);
    await settle();
    await answer(2);
    await answer(3);
    expect(await Promise.all(answers)).toEqual(["1", "2", "3"]);
  });
});

type End = "done" | "away" | "locked";

/** What a random world does next. */
type Step =
  | {
      readonly kind: "call";
      readonly key: number;
      readonly isBad: boolean;
      readonly isBusy: boolean;
    }
  | { readonly kind: "give up"; readonly at: number }
  | { readonly kind: "time passes" }
  | { readonly kind: "end"; readonly at: number; readonly as: End };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      key: fc.nat(9),
      isBad: fc.constantFrom(true, false, false, false),
      isBusy: fc.constantFrom(true, false, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("give up" as const), at: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time passes" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      at: fc.nat(10),
      as: fc.constantFrom("done", "done", "done", "away", "locked"),
    }),
  },
);

interface Order {
  readonly id: number;
  readonly key: number;
  readonly isBad: boolean;
  readonly isBusy: boolean;
}

const most = { batch: 3, batches: 2, singles: 2, waiting: 12 };

/**
 * A ledger of counters: an order adds one to its key and is answered with the new count. A piece of work is all or
 * nothing, like a transaction, and refuses bad orders; in company, busy ones are left undone. The test ends each.
 */
function createLedger() {
  const counts = new Map<number, number>();
  const done: { readonly order: Order; readonly count: number }[] = [];
  const sent = new Set<Order>();
  const works: {
    readonly orders: readonly Order[];
    readonly isAlone: boolean;
    end(as: End): void;
  }[] = [];
  const violations: string[] = [];
  const note = (isViolated: boolean, what: string) => isViolated && violations.push(what);

  const apply = (order: Order, isAlone: boolean): number | typeof goesAlone => {
    if (order.isBusy && !isAlone) return goesAlone;
    const count = (counts.get(order.key) ?? 0) + 1;
    counts.set(order.key, count);
    done.push({ order, count });
    return count;
  };
  const begin = (orders: readonly Order[], isAlone: boolean) => {
    for (const order of orders) sent.add(order);
    const keys = [...works.flatMap((work) => work.orders), ...orders].map(({ key }) => key);
    note(new Set(keys).size < keys.length, "two of a key under way");
    const { promise, resolve, reject } =
      Promise.withResolvers<readonly (number | typeof goesAlone)[]>();
    const work = {
      orders,
      isAlone,
      end(as: End) {
        works.splice(works.indexOf(work), 1);
        const bad = orders.find(({ isBad, isBusy }) => isBad && (isAlone || !isBusy));
        if (as === "away") reject(lost());
        else if (as === "locked") reject(locked());
        else if (bad) reject(new Error(`bad ${bad.id}`));
        else resolve(orders.map((order) => apply(order, isAlone)));
      },
    };
    works.push(work);
    note(orders.length > most.batch, "too large a batch");
    note(works.filter((one) => !one.isAlone).length > most.batches, "too many batches");
    note(works.filter((one) => one.isAlone).length > most.singles, "too many alone");
    return promise;
  };
  return { done, sent, works, violations, begin };
}

interface Made {
  readonly order: Order;
  readonly caller: AbortController;
  /** Whether the caller gave up before the order was sent. */
  isTakenBack: boolean;
  answer?: number;
  error?: unknown;
}

test("whatever fails in it, a batch equals its calls one after another", async () => {
  const play = async (steps: readonly Step[], overlaps: boolean) => {
    const ledger = createLedger();
    const call = mergeCalls<Order, number>({
      together: (orders) => ledger.begin(orders, false),
      alone: async (order) => (await ledger.begin([order], true))[0] as number,
      keyOf: ({ key }) => String(key),
      most: most.batch,
      weightOf: ({ id }) => 1 + (id % 3),
      heaviest: most.batch,
      overlaps,
      aloneAtOnce: most.singles,
      waitingMost: most.waiting,
    });
    const made: Made[] = [];
    const make = ({ key, isBad, isBusy }: Extract<Step, { kind: "call" }>) => {
      const order = { id: made.length, key, isBad, isBusy };
      const one: Made = { order, caller: new AbortController(), isTakenBack: false };
      made.push(one);
      call(order, { signal: one.caller.signal }).then(
        (answer) => {
          one.answer = answer;
        },
        (error) => {
          one.error = error;
        },
      );
    };
    const giveUp = (one: Made | undefined) => {
      if (!one) return;
      one.isTakenBack ||= !ledger.sent.has(one.order);
      one.caller.abort(new Error("gave up"));
    };
    for (const next of steps) {
      if (next.kind === "call") make(next);
      else if (next.kind === "give up") giveUp(made[next.at % Math.max(made.length, 1)]);
      else if (next.kind === "time passes") await vi.advanceTimersByTimeAsync(20);
      else ledger.works[next.at % Math.max(ledger.works.length, 1)]?.end(next.as);
      await settle();
    }
    while (ledger.works.length > 0) {
      ledger.works[0]?.end("done");
      await settle();
    }
    return { ledger, made };
  };

  const check = ({ ledger, made }: Awaited<ReturnType<typeof play>>) => {
    expect(ledger.violations).toEqual([]);
    for (const own of Map.groupBy(ledger.done, ({ order }) => order.key).values()) {
      const ids = own.map(({ order }) => order.id);
      expect(ids).toEqual(ids.toSorted((one, other) => one - other));
      expect(own.map(({ count }) => count)).toEqual(own.map((_, at) => at + 1));
    }
    const countOf = new Map(ledger.done.map(({ order, count }) => [order, count]));
    expect(countOf.size).toBe(ledger.done.length);
    for (const { order, caller, isTakenBack, answer, error } of made) {
      expect([answer, error].filter((one) => one !== undefined)).toHaveLength(1);
      if (answer !== undefined) expect([answer, order.isBad]).toEqual([countOf.get(order), false]);
      if (isTakenBack && answer === undefined) expect(ledger.sent.has(order)).toBe(false);
      if (answer !== undefined || caller.signal.aborted) continue;
      // What is told that it failed was not done, and fails for a reason of its own.
      expect(countOf.has(order)).toBe(false);
      if (error instanceof Error && error.message.startsWith("bad")) {
        expect([error.message, order.isBad]).toEqual([`bad ${order.id}`, true]);
      }
    }
    expect(vi.getTimerCount()).toBe(0);
  };

  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, overlaps) =>
      check(await play(steps, overlaps)),
    ),
    { numRuns: 500 },
  );
});
