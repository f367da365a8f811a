import { isAway, storeDeadlineMs, unavailable } from "./transaction.ts";
import { type Call, countKeys, createCall, takeBatch } from "./waiting-calls.ts";

/** Given for an input that was left undone, since it would have held up the others: it is done by itself. */
export const goesAlone = Symbol("goes alone");

export interface Merging<Input, Output> {
  /**
   * Does several inputs at once, all or nothing of them, and gives their answers in the same order. It must end
   * by itself soon after the time it is given, in ms, which is that of the caller who waits longest.
   */
  together(
    inputs: readonly Input[],
    withinMs: number,
  ): Promise<readonly (Output | typeof goesAlone)[]>;
  /** Does one that failed in company, or was left undone; `together` by default. */
  alone?(input: Input, withinMs: number): Promise<Output>;
  /** Two inputs of the same key are done one after the other, in the order in which they came. */
  keyOf?(input: Input): string;
  /** Whether those that wait together may go in one batch, in their order, and only batches take turns. */
  readonly sharesKeys?: boolean;
  /** How much of `heaviest` an input makes up; one that is heavier than all is a batch by itself. */
  weightOf?(input: Input): number;
  readonly heaviest?: number;
  /** Inputs at once; 64 by default. */
  readonly most?: number;
  /** How many times at once `together` is under way; 1 by default. */
  readonly atOnce?: number;
  /** How many go alone at once, beside the batches; 4 by default. */
  readonly aloneAtOnce?: number;
  /** Inputs that wait to be sent; 1,024 by default. */
  readonly waitingMost?: number;
  /** Told when a batch failed that will be done again one by one: it is slow, and somebody should know why. */
  onBroken?(error: unknown, count: number): void;
}

/**
 * Does one input, in company where others came at the same time.
 *
 * @throws TakeoutError `unavailable` when there is no room in the line, when the time is over (then what was sent
 * may be done or not), or when the database is away; the reason of the signal; and what the input itself causes.
 */
export type MergedCall<Input, Output> = (
  input: Input,
  options?: {
    /** How long the caller waits, in ms; as long as for any statement by default. */
    readonly withinMs?: number;
    /** An input that was not sent when it fires never is. */
    readonly signal?: AbortSignal;
  },
) => Promise<Output>;

/**
 * The answers to a batch bring the next calls of those who got them, one socket after another: were the next batch made of
 * the first of them, the others would wait for it. More turns of the event loop gathered no more when it was measured.
 */
const gatheringTurns = 3;

/**
 * Merges calls by back-pressure: what comes while a batch is under way is collected and goes together into the next,
 * so that one round trip and one fsync serve many; where nothing is under way a call goes at once. No timer.
 *
 * For each caller it is as if the call had been made alone. A batch that fails is done again one by one, unless the
 * database is away: then its callers are told so.
 */
export function mergeCalls<Input, Output>(
  merging: Merging<Input, Output>,
): MergedCall<Input, Output> {
  const { most = 64, heaviest = Number.POSITIVE_INFINITY, waitingMost = 1_024 } = merging;
  const { sharesKeys = false, atOnce = 1 } = merging;
  const line = new Set<Call<Input, Output>>();
  const lineAlone = new Set<Call<Input, Output>>();
  const keysUnderWay = countKeys();
  let inBatches = 0;

  const send = () => {
    singles.fill();
    batches.fill();
  };
  const finish = ({ key }: Call<Input, Output>) => keysUnderWay.remove(key);
  const batches = createLane(atOnce, send, () => {
    const share = shareOf(line.size + inBatches, atOnce);
    const limits = { most: Math.min(most, share), heaviest, sharesKeys };
    const batch = takeBatch(line, keysUnderWay, limits);
    if (batch.length === 0) return null;
    inBatches += batch.length;
    return async () => {
      for (const call of await doTogether(merging, batch)) {
        if (call.isWanted()) lineAlone.add(call);
      }
      for (const call of batch) if (!lineAlone.has(call)) finish(call);
      inBatches -= batch.length;
    };
  });
  const singles = createLane(merging.aloneAtOnce ?? 4, send, () => {
    const [call] = lineAlone;
    if (!call) return null;
    lineAlone.delete(call);
    return async () => {
      await doAlone(merging, call);
      finish(call);
    };
  });
  const leave = (call: Call<Input, Output>) => {
    line.delete(call);
    if (!lineAlone.delete(call)) return;
    finish(call);
    send();
  };

  return async (input, { withinMs = storeDeadlineMs, signal } = {}) => {
    signal?.throwIfAborted();
    if (line.size + lineAlone.size >= waitingMost) throw unavailable();
    const key = merging.keyOf?.(input) ?? null;
    const what = { input, key, weight: merging.weightOf?.(input) ?? 1 };
    const { call, answer } = createCall<Input, Output>(what, { withinMs, signal }, leave);
    line.add(call);
    send();
    return await answer;
  };
}

/**
 * How many calls a batch takes of all that wait or are under way in batches. One that took all that waits would leave the next
 * what comes in the meantime, a call or two, which cost as much as many: batches would be large and tiny by turns.
 */
function shareOf(calls: number, atOnce: number): number {
  return Math.ceil(calls / atOnce);
}

/** Lets the event loop go round a few times, so that what waits in its sockets gets in. */
async function gather(): Promise<void> {
  for (let left = gatheringTurns; left > 0; left -= 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/**
 * Keeps so many pieces of work under way as long as there are any.
 *
 * @param take - takes the next piece; `null`: there is none.
 * @param onDone - told after each, when what its answers brought has come in.
 */
function createLane(atOnce: number, onDone: () => void, take: () => (() => Promise<void>) | null) {
  let underWay = 0;
  return {
    fill() {
      while (underWay < atOnce) {
        const work = take();
        if (!work) return;
        underWay += 1;
        void work()
          .then(gather)
          .finally(() => {
            underWay -= 1;
            onDone();
          });
      }
    },
  };
}

/** @returns the calls that have no answer yet, and are to be made one by one. */
async function doTogether<Input, Output>(
  merging: Merging<Input, Output>,
  batch: readonly Call<Input, Output>[],
): Promise<readonly Call<Input, Output>[]> {
  const inputs = batch.map(({ input }) => input);
  const endsAt = Math.max(...batch.map((call) => call.endsAt));
  try {
    const outputs = await merging.together(inputs, endsAt - performance.now());
    if (outputs.length !== batch.length) throw new Error("a batch needs an answer for each input");
    return batch.filter((call, at) => {
      const output = outputs[at] as Output | typeof goesAlone;
      if (output !== goesAlone) call.resolve(output);
      return output === goesAlone;
    });
  } catch (error) {
    const isFinal = isAway(error) || (batch.length === 1 && !merging.alone);
    if (!isFinal) {
      merging.onBroken?.(error, batch.length);
      return batch;
    }
    for (const call of batch) call.reject(isAway(error) ? unavailable(error) : error);
    return [];
  }
}

async function doAlone<Input, Output>(
  merging: Merging<Input, Output>,
  { input, endsAt, resolve, reject }: Call<Input, Output>,
): Promise<void> {
  const withinMs = endsAt - performance.now();
  try {
    if (merging.alone) return resolve(await merging.alone(input, withinMs));
    const [output] = await merging.together([input], withinMs);
    if (output === goesAlone) throw new Error("an input that goes alone was left undone");
    resolve(output as Output);
  } catch (error) {
    reject(isAway(error) ? unavailable(error) : error);
  }
}
