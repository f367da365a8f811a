import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { readUpload } from "../../src/http/upload-body.ts";

const times = { stillMs: 600_000, wholeMs: 600_000 };

test("nothing of an upload is kept once it was passed on, however long the upload goes on", async () => {
  const passed: WeakRef<Uint8Array>[] = [];
  const upload = readUpload(streamOf(500), times);
  for (let count = 0; count < 400; count += 1) {
    const { value } = await upload.next();
    passed.push(new WeakRef(value as Uint8Array));
  }
  await turn(); // what a reference was read of lives till then
  collectGarbage();
  const alive = passed.filter((chunk) => chunk.deref() !== undefined);
  expect(alive.length).toBeLessThan(10);
  await upload.return(undefined);
});

test("every chunk of an upload is passed on, in order", async () => {
  const lengths: number[] = [];
  for await (const chunk of readUpload(streamOf(3), times)) lengths.push(chunk.byteLength);
  expect(lengths).toEqual([1, 2, 3]);
});

/** Chunks of one byte, of two, and so on. */
function streamOf(chunks: number): ReadableStream<Uint8Array> {
  let made = 0;
  return new ReadableStream({
    pull(controller) {
      made += 1;
      if (made > chunks) controller.close();
      else controller.enqueue(new Uint8Array(made));
    },
  });
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
