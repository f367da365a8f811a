import { unavailable } from "./transaction.ts";

/** An input on its way, and who waits for what comes of it. */
export interface Call<Input, Output> {
  readonly input: Input;
  /** Only one of each key is under way. */
  readonly key: string | null;
  readonly weight: number;
  /** On the monotonic clock, in ms. */
  readonly endsAt: number;
  /** Whether somebody waits still. */
  isWanted(): boolean;
  resolve(output: Output): void;
  reject(error: unknown): void;
}

export interface Waiting {
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a call whose caller gives up when the time is over or the signal fires.
 *
 * @param onGivenUp - told then.
 */
export function createCall<Input, Output>(
  what: Pick<Call<Input, Output>, "input" | "key" | "weight">,
  { withinMs, signal }: Waiting,
  onGivenUp: (call: Call<Input, Output>) => void,
): { readonly call: Call<Input, Output>; readonly answer: Promise<Output> } {
  const { promise: answer, resolve, reject } = Promise.withResolvers<Output>();
  let isWanted = true;
  const settle = () => {
    isWanted = false;
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  const call: Call<Input, Output> = {
    ...what,
    endsAt: performance.now() + withinMs,
    isWanted: () => isWanted,
    resolve(output) {
      settle();
      resolve(output);
    },
    reject(error) {
      settle();
      reject(error);
    },
  };
  const giveUp = (reason: unknown) => {
    call.reject(reason);
    onGivenUp(call);
  };
  const abort = () => giveUp(signal?.reason);
  const timer = setTimeout(() => giveUp(unavailable()), withinMs);
  signal?.addEventListener("abort", abort, { once: true });
  return { call, answer };
}

/** Which calls are under way, by key. */
export interface KeysUnderWay {
  has(key: string): boolean;
  add(key: string | null): void;
  remove(key: string | null): void;
}

export function countKeys(): KeysUnderWay {
  const counts = new Map<string, number>();
  return {
    has: (key) => counts.has(key),
    add(key) {
      if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    remove(key) {
      if (key === null) return;
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    },
  };
}

export interface BatchLimits {
  readonly most: number;
  /** Of a batch; a call that is heavier makes one by itself. */
  readonly heaviest: number;
  /** Whether calls of one key may go in one batch. */
  readonly sharesKeys: boolean;
}

/**
 * Takes the next batch out of the line, in order of arrival; what has to wait for another of its key stays.
 */
export function takeBatch<Input, Output>(
  line: Set<Call<Input, Output>>,
  keysUnderWay: KeysUnderWay,
  { most, heaviest, sharesKeys }: BatchLimits,
): Call<Input, Output>[] {
  const batch: Call<Input, Output>[] = [];
  let weight = 0;
  for (const call of line) {
    if (batch.length === most) break;
    if (call.key !== null && keysUnderWay.has(call.key)) continue;
    if (batch.length > 0 && weight + call.weight > heaviest) break;
    line.delete(call);
    if (!sharesKeys) keysUnderWay.add(call.key);
    weight += call.weight;
    batch.push(call);
  }
  if (sharesKeys) for (const { key } of batch) keysUnderWay.add(key);
  return batch;
}
