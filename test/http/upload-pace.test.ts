import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readUpload } from "../../src/http/upload-body.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const late = { code: "request_timeout" };

/** An upload of which each chunk comes so long after it was awaited. */
function begin(times: Parameters<typeof readUpload>[1]) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const upload = readUpload(readable, times);
  return async (ms: number) => {
    const next = upload.next().then(
      ({ done }) => ({ done }),
      ({ code }) => ({ code }),
    );
    await vi.advanceTimersByTimeAsync(ms);
    void writer.write(Buffer.from("x")).catch(() => {});
    return await next;
  };
}

test("an upload may take longer than it may stand still, if bytes keep coming", async () => {
  const send = begin({ stillMs: 1_000, wholeMs: 1_000_000 });
  for (let at = 0; at < 20; at += 1) expect(await send(900)).toEqual({ done: false });
  expect(await send(1_000)).toEqual(late);
});

test("an upload may not take longer than it may take in all, though bytes keep coming", async () => {
  const send = begin({ stillMs: 1_000, wholeMs: 5_000 });
  for (let at = 0; at < 5; at += 1) expect(await send(900)).toEqual({ done: false });
  expect(await send(900)).toEqual(late);
});

test("the time that keeping a chunk takes is not the sender's, whose next bytes are there", async () => {
  const chunks = [Buffer.from("x"), Buffer.from("y")];
  const upload = readUpload(ReadableStream.from(chunks), { stillMs: 1_000, wholeMs: 60_000 });
  expect(await upload.next()).toMatchObject({ value: chunks[0] });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(await upload.next()).toMatchObject({ value: chunks[1] });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await upload.next()).toMatchObject({ done: true });
});

test("a sender who stands still after a chunk was long in keeping is given up in its own time", async () => {
  const send = begin({ stillMs: 1_000, wholeMs: 60_000 });
  expect(await send(900)).toEqual({ done: false });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await send(999)).toEqual({ done: false });
  expect(await send(1_000)).toEqual(late);
});
