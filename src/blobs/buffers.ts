/** Buffers of one size that are used again. */
export interface Buffers {
  /** @param bytes - of another size than theirs it is made anew. */
  take(bytes: number): Uint8Array<ArrayBuffer>;
  /** Takes back a buffer, or a part of one from its beginning. What somebody may still be reading must not come back. */
  giveBack(buffer: Uint8Array): void;
}

/** @param most - how many are kept for the next. */
export function createBuffers(bytesEach: number, most: number): Buffers {
  const free: ArrayBuffer[] = [];
  return {
    take(bytes) {
      const kept = bytes === bytesEach ? free.pop() : undefined;
      return kept ? new Uint8Array(kept) : Buffer.allocUnsafeSlow(bytes);
    },
    giveBack({ buffer }) {
      const isOurs = buffer.byteLength === bytesEach && free.length < most;
      if (isOurs) free.push(buffer as ArrayBuffer);
    },
  };
}

/** A body in pieces of one size, but the last; none of it is empty. */
export async function* fillBuffers(
  chunks: AsyncIterable<Uint8Array>,
  buffers: Buffers,
  bytesEach: number,
): AsyncGenerator<Uint8Array, undefined> {
  let [buffer, filled] = [buffers.take(bytesEach), 0];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = Math.min(chunk.byteLength - at, bytesEach - filled);
      buffer.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < bytesEach) continue;
      yield buffer;
      [buffer, filled] = [buffers.take(bytesEach), 0];
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
  else buffers.giveBack(buffer);
  return undefined;
}
