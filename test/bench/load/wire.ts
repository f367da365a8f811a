import { connect, type Socket } from "node:net";
import type { RawRequest } from "./requests.ts";

/** A request or an answer as it came over a connection. */
export interface Message {
  readonly head: string;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly bytes: number;
}

/** One connection, one request at a time. */
export interface Line {
  /** Rejects when the connection is gone. */
  ask(request: RawRequest): Promise<Answer>;
  isOpen(): boolean;
  close(): void;
}

const endOfHead = Buffer.from("\r\n\r\n");
const answerWithinMs = 10_000;

export function openLine(url: string): Line {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true).setTimeout(answerWithinMs, () => socket.destroy(new Error("no answer")));
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  onMessages(socket, ({ head, body }) => {
    const bytes = head.length + endOfHead.length + body.length;
    waiting?.resolve({ status: Number(head.slice(9, 12)), bytes });
  });
  socket.on("error", (error) => waiting?.reject(error));
  socket.on("close", () => waiting?.reject(new Error("closed")));
  return {
    ask: (request) =>
      new Promise<Answer>((resolve, reject) => {
        waiting = { resolve, reject };
        if (socket.destroyed) reject(new Error("closed"));
        else socket.write(request);
      }),
    isOpen: () => !socket.destroyed,
    close: () => socket.destroy(),
  };
}

/** Calls the listener with each message that says how long it is; one that does not ends the connection. */
export function onMessages(socket: Socket, listener: (message: Message) => void): void {
  let received: Buffer = Buffer.alloc(0);
  const read = (): Message | null => {
    const end = received.indexOf(endOfHead);
    if (end < 0) return null;
    const head = received.toString("latin1", 0, end);
    const length = Number(headerOf(head, "content-length") ?? Number.NaN);
    if (Number.isNaN(length)) {
      socket.destroy(new Error("a message without a length"));
      return null;
    }
    const from = end + endOfHead.length;
    if (received.length < from + length) return null;
    const body = received.subarray(from, from + length);
    received = received.subarray(from + length);
    return { head, body };
  };
  socket.on("data", (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    for (let message = read(); message !== null; message = read()) listener(message);
  });
}

/** @param name - in lower case. */
export function headerOf(head: string, name: string): string | null {
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (at < 0) return null;
  const from = at + name.length + 3;
  const end = head.indexOf("\r\n", from);
  return head.slice(from, end < 0 ? undefined : end).trim();
}
