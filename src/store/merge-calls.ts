import { createLoneCalls } from "./lone-calls.ts";
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
  /**
   * Whether the next batch is sent before the callers of the last are answered, so that the database has work while the hub
   * has, and beside one that is slow or heavy; false by default. Worth it where a batch is one piece of work for the database:
   * what goes back and forth while the hub answers others waits for it each time, and gained nothing.
   */
  readonly overlaps?: boolean;
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

/** A batch is followed at once where so many have come meanwhile, of each that was in it: fewer would make batches ever smaller. */
const enoughToFollow = 3 / 4;
/**
 * Where fewer came, of each, all callers had waited for the batch, and the hub had nothing to do. When they are back only half
 * of them go, so that from then on the database works for one half while the hub works for the other.
 */
const tooFewCame = 1 / 4;

/** A batch under way for longer is no longer waited for: it has much to do, or nobody does it. In ms. */
const slowMs = 20;
/** Nor is one that is more than so much of the heaviest: it keeps one of the database's processors busy, and there are others. */
const heavyFrom = 1 / 2;
const mostAtOnce = 2;

/** Calls that wait from which on it is worth it to leave half of them for the next batch. */
const fewestToHalve = 8;

/**
 * Merges calls by back-pressure: what comes while a batch is under way is collected and goes together into the next,
 * so that one round trip and one fsync serve many; where nothing is under way a call goes at once. No timer holds one back.
 *
 * For each caller it is as if the call had been made alone. A batch that fails is done again one by one, unless the
 * database is away: then its callers are told so.
 */
export function mergeCalls<Input, Output>(
  merging: Merging<Input, Output>,
): MergedCall<Input, Output> {
  const { most = 64, heaviest = Number.POSITIVE_INFINITY, waitingMost = 1_024 } = merging;
  const { sharesKeys = false, overlaps = false, aloneAtOnce = 4 } = merging;
  const line = new Set<Call<Input, Output>>();
  const keysUnderWay = countKeys();
  /** Batches from when they are sent until what their answers bring has come in. */
  const underWay = new Set<{ isSlow: boolean }>();

  const finish = ({ key }: Call<Input, Output>) => keysUnderWay.remove(key);
  const mayGo = () => underWay.size < mostAtOnce && [...underWay].every(({ isSlow }) => isSlow);
  /** @returns whether there was anything that can go. */
  const sendBatch = (atMost = most): boolean => {
    const limits = { most: Math.min(most, atMost), heaviest, sharesKeys };
    const batch = takeBatch(line, keysUnderWay, limits);
    if (batch.length === 0) return false;
    void carryOut(batch);
    return true;
  };
  const send = () => {
    if (mayGo()) sendBatch();
  };
  const lone = createLoneCalls<Input, Output>(
    aloneAtOnce,
    (call) => doAlone(merging, call),
    (call) => {
      finish(call);
      send();
    },
  );
  const carryOut = async (batch: readonly Call<Input, Output>[]) => {
    const weight = batch.reduce((sum, call) => sum + call.weight, 0);
    const isHeavy = overlaps && weight > heaviest * heavyFrom;
    const own = { isSlow: isHeavy };
    underWay.add(own);
    const becomeSlow = () => {
      own.isSlow = true;
      send();
    };
    const timer = overlaps ? setTimeout(becomeSlow, slowMs) : undefined;
    const done = doTogether(merging, batch);
    if (isHeavy) send();
    const outcome = await done;
    clearTimeout(timer);
    own.isSlow = false;
    for (const call of batch) if (!outcome.undone.has(call)) finish(call);
    const came = line.size;
    if (overlaps && came >= batch.length * enoughToFollow) underWay.delete(own);
    const isFollowed = mayGo() && sendBatch();
    // So that what was just asked leaves first: it is written when this turn's statements are together.
    if (isFollowed) await new Promise<void>((resolve) => process.nextTick(resolve));
    outcome.answer();
    for (const call of outcome.undone) lone.add(call);
    if (isFollowed) return;
    await gather();
    underWay.delete(own);
    const isIdle = overlaps && underWay.size === 0 && came < batch.length * tooFewCame;
    if (mayGo()) sendBatch(isIdle && line.size >= fewestToHalve ? Math.ceil(line.size / 2) : most);
  };
  const leave = (call: Call<Input, Output>) => {
    line.delete(call);
    lone.leave(call);
  };

  return async (input, { withinMs = storeDeadlineMs, signal } = {}) => {
    signal?.throwIfAborted();
    if (line.size + lone.size >= waitingMost) throw unavailable();
    const key = merging.keyOf?.(input) ?? null;
    const what = { input, key, weight: merging.weightOf?.(input) ?? 1 };
    const { call, answer } = createCall<Input, Output>(what, { withinMs, signal }, leave);
    line.add(call);
    send();
    return await answer;
  };
}

/** Lets the event loop go round a few times, so that what waits in its sockets gets in. */
async function gather(): Promise<void> {
  for (let left = gatheringTurns; left > 0; left -= 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

interface Outcome<Input, Output> {
  /** Gives their answers to those who have one. */
  answer(): void;
  /** What is to be done one by one. */
  readonly undone: ReadonlySet<Call<Input, Output>>;
}

async function doTogether<Input, Output>(
  merging: Merging<Input, Output>,
  batch: readonly Call<Input, Output>[],
): Promise<Outcome<Input, Output>> {
  const inputs = batch.map(({ input }) => input);
  const endsAt = Math.max(...batch.map((call) => call.endsAt));
  try {
    const outputs = await merging.together(inputs, endsAt - performance.now());
    if (outputs.length !== batch.length) throw new Error("a batch needs an answer for each input");
    return {
      undone: new Set(batch.filter((_, at) => outputs[at] === goesAlone)),
      answer() {
        for (const [at, call] of batch.entries()) {
          const output = outputs[at] as Output | typeof goesAlone;
          if (output !== goesAlone) call.resolve(output);
        }
      },
    };
  } catch (error) {
    const isFinal = isAway(error) || (batch.length === 1 && !merging.alone);
    if (!isFinal) {
      merging.onBroken?.(error, batch.length);
      return { undone: new Set(batch), answer() {} };
    }
    const reason = isAway(error) ? unavailable(error) : error;
    return {
      undone: new Set(),
      answer() {
        for (const call of batch) call.reject(reason);
      },
    };
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
