import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { BlobError, type PutOptions, type StoredBlob } from "./blob-store.ts";

/** A body on its way into the store: passes on what it reads, and knows what it was. */
export interface MeasuredBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What went through, once all has. */
  readonly measured: () => StoredBlob;
}

/** Reads a body once. Iterating it throws BlobError "too_large" or "aborted". */
export function measureBody(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, signal, hasCrc32 = true }: PutOptions,
): MeasuredBody {
  const hash = createHash("sha256");
  let bytes = 0;
  let crc = 0;
  const measure = async function* () {
    for await (const chunk of readUntil(signal, body)) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new BlobError("too_large");
      hash.update(chunk);
      if (hasCrc32) crc = crc32(chunk, crc);
      yield chunk;
    }
  };
  return { chunks: measure(), measured: () => ({ bytes, sha256: hash.digest("hex"), crc32: crc }) };
}

interface Source {
  next(): Promise<IteratorResult<Uint8Array>>;
  /** Lets go of it, also while `next` is pending. */
  stop(): void;
}

/** The chunks of a body; what it fails with, and the signal, end it as BlobError "aborted". */
async function* readUntil(
  signal: AbortSignal | undefined,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const source = body instanceof ReadableStream ? fromStream(body) : fromIterable(body);
  // One promise a chunk: racing each against one that lives as long as the upload would keep them all.
  let giveUp = (_: unknown): void => {};
  const onAbort = () => giveUp(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  let isDone = false;
  try {
    while (true) {
      const next = new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject;
        if (signal?.aborted) reject(signal.reason);
        else source.next().then(resolve, reject);
      });
      const result = await next.catch((cause: unknown) => {
        throw new BlobError("aborted", cause);
      });
      isDone = result.done === true;
      if (result.done) return;
      yield result.value;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!isDone) source.stop();
  }
}

function fromStream(stream: ReadableStream<Uint8Array>): Source {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    stop: () => void reader.cancel().catch(() => {}),
  };
}

function fromIterable(body: AsyncIterable<Uint8Array>): Source {
  const iterator = body[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    // Not waited for: a generator that hangs in `next` would keep it waiting too.
    stop: () => void iterator.return?.().then(undefined, () => {}),
  };
}
