import { connect, type Socket } from "node:net";
import type { RawRequest } from "./requests.ts";
import type { Loaded } from "./wrk.ts";
import { connections } from "./wrk.ts";

export interface SocketLoad {
  readonly url: string;
  /** Sent one after another; from the first again when they are through, unless `seconds` is null. */
  readonly requests: readonly RawRequest[];
  /** `null`: until each request is answered once. */
  readonly seconds: number | null;
}

const endOfHead = Buffer.from("\r\n\r\n");
const answerWithinMs = 10_000;

/** The load where there is no wrk, and where a number of requests is to be sent, not all that fit into a time. */
export async function loadBySockets({ url, requests, seconds }: SocketLoad): Promise<Loaded> {
  const { hostname, port } = new URL(url);
  const beganAt = performance.now();
  const endsAt = seconds === null ? Number.POSITIVE_INFINITY : beganAt + seconds * 1_000;
  const latencies: number[] = [];
  let [used, wrong, bytes] = [0, 0, 0];
  const mayGoOn = () => performance.now() < endsAt && (seconds !== null || used < requests.length);
  const caller = async () => {
    const line = openLine(connect(Number(port), hostname));
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

interface Answer {
  readonly status: number;
  readonly bytes: number;
}

/** One connection, one request at a time. */
function openLine(socket: Socket) {
  socket.setNoDelay(true).setTimeout(answerWithinMs, () => socket.destroy(new Error("no answer")));
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer === null) return;
    received = received.subarray(answer.bytes);
    waiting?.resolve(answer);
  });
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("closed")));
  return {
    ask: (request: RawRequest) =>
      new Promise<Answer>((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** @returns `null` while the answer is not whole. */
function readAnswer(received: Buffer): Answer | null {
  const end = received.indexOf(endOfHead);
  if (end < 0) return null;
  const head = received.toString("latin1", 0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error("an answer without a length");
  const bytes = end + endOfHead.length + length;
  return received.length < bytes ? null : { status: Number(head.slice(9, 12)), bytes };
}
