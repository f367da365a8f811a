import { join } from "node:path";
import { startChild } from "../child.ts";
import { nextMessage } from "./run-task.ts";
import type { Place } from "./tasks.ts";

const server = join(import.meta.dirname, "bucket-server.ts");

/** A server of S3 in a process of its own, so that its memory is not ours. */
export async function startBucket(folder: string): Promise<{ place: Place } & AsyncDisposable> {
  const child = startChild({
    program: [server, join(folder, "objects")],
    env: {},
    log: join(folder, "bucket.log"),
  });
  const answer = await nextMessage(child.process).catch(async (error) => {
    await child[Symbol.asyncDispose]();
    throw error;
  });
  const { bucket, port } = answer as { bucket: string; port: number };
  return {
    place: { driver: "s3", bucket, endpoint: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
