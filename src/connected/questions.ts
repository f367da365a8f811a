import {
  afterFailure,
  afterSuccess,
  type Breaker,
  mayProbe,
  probeLeaseMs,
  probePause,
  untouched,
} from "../domain/breaker.ts";

/**
 * Breakers for the questions that waiting users put to services: one that lets them wait in vain is not
 * waited for by every user anew. What fails at once costs nobody time, and is asked again each time. Of this
 * process alone, for a question that is not put costs nobody an attempt.
 */
export interface QuestionBreakers {
  /**
   * Puts the question unless the service is known to let people wait in vain.
   *
   * @param times - how long it may take, and how long were there all the time that there can be; in ms. One that others left
   * too little time is not to blame for its silence.
   * @param ask - resolves to `null` where there was no usable answer.
   */
  ask<T>(
    service: string,
    id: string,
    times: { readonly timeoutMs: number; readonly fullMs: number },
    ask: () => Promise<T | null>,
  ): Promise<T | null>;
}

export function createQuestionBreakers(
  now: () => number = () => performance.now(),
): QuestionBreakers {
  const breakers = new Map<string, Breaker>();
  return {
    async ask(service, id, { timeoutMs, fullMs }, ask) {
      const before = breakers.get(service) ?? untouched;
      const isProbe = mayProbe(before, now());
      if (before.state === "open" && !isProbe) return null;
      const beganAt = now();
      if (isProbe && before.state === "open") {
        breakers.set(service, { ...before, probeAt: beganAt + probeLeaseMs(timeoutMs) });
      }
      const answer = await ask();
      const tookMs = now() - beganAt;
      const isSlowFailure = answer === null && tookMs >= timeoutMs / 2;
      const breaker = breakers.get(service) ?? untouched;
      if (!isSlowFailure) {
        breakers.set(service, isProbe ? untouched : afterSuccess(breaker));
      } else if (isProbe && breaker.state === "open") {
        breakers.set(service, { ...breaker, probeAt: now() + probePause(tookMs) });
      } else if (timeoutMs >= fullMs / 2) {
        breakers.set(service, afterFailure(breaker, id, now()));
      }
      return answer;
    },
  };
}
