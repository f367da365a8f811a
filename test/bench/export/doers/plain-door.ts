import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Tasks } from "../tasks.ts";
import { listen } from "./doors.ts";

/** What `flush` does is an fsync before the file is closed. */
export async function receivePlainly({
  path,
  withHash,
}: Tasks["receivePlainly"]["in"]): Promise<{ url: string }> {
  let number = 0;
  return listen(async (incoming, outgoing) => {
    number += 1;
    const hash = createHash("sha256");
    const hashed = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const into = join(path, `${number}`);
    const file = createWriteStream(into, { flush: true });
    if (withHash) await pipeline(incoming, hashed, file);
    else await pipeline(incoming, file);
    outgoing.end(JSON.stringify({ key: "", path: into, sha256: "", crc32: 0 }));
  });
}
