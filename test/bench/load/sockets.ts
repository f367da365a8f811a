import type { RawRequest } from "./requests.ts";
import { openLine } from "./wire.ts";
import type { Loaded } from "./wrk.ts";
import { connections } from "./wrk.ts";

export interface SocketLoad {
  readonly url: string;
  /** Sent one after another; from the first again when they are through, unless `seconds` is null. */
  readonly requests: readonly RawRequest[];
  /** `null`: until each request is answered once. */
  readonly seconds: number | null;
}

/** The load where there is no wrk, and where a number of requests is to be sent, not all that fit into a time. */
export async function loadBySockets({ url, requests, seconds }: SocketLoad): Promise<Loaded> {
  const beganAt = performance.now();
  const endsAt = seconds === null ? Number.POSITIVE_INFINITY : beganAt + seconds * 1_000;
  const latencies: number[] = [];
  let [used, wrong, bytes] = [0, 0, 0];
  const mayGoOn = () => performance.now() < endsAt && (seconds !== null || used < requests.length);
  const caller = async () => {
    const line = openLine(url);
    try {
      while (mayGoOn()) {
        const request = requests[used++ % requests.length] ?? "";
        const sentAt = performance.now();
        const answer = await line.ask(request);
        latencies.push(performance.now() - sentAt);
        bytes += answer.bytes;
        if (answer.status > 399) wrong += 1;
      }
    } catch {
      wrong += 1;
    } finally {
      line.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  const took = (performance.now() - beganAt) / 1_000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  const answers = latencies.length;
  return {
    ...{ seconds: took, answers, perSecond: answers / took, p50Ms: at(0.5), p99Ms: at(0.99) },
    ...{ wrong, used, bytesEach: bytes / answers },
  };
}
