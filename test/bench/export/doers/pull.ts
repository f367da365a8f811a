import { createWriteStream } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Tasks } from "../tasks.ts";

export async function pull({ url, into }: Tasks["pull"]["in"]): Promise<Tasks["pull"]["out"]> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, resolve).on("error", reject).end();
  const answer = await promise;
  if (answer.statusCode !== 200) throw new Error(`the download was answered ${answer.statusCode}`);
  let bytes = 0;
  const count = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const end =
    into === null ? new Writable({ write: (_, __, next) => next() }) : createWriteStream(into);
  await pipeline(answer, count, end);
  return { bytes, etag: answer.headers.etag ?? "" };
}
