/** The messages of a PostgreSQL server as they go over the wire: a letter, a length, a body. */
export interface Frames {
  /** @returns the messages that are whole now, each with its head. */
  take(chunk: Buffer): Buffer[];
}

const headBytes = 5;

/** What the server says on one connection; without TLS, so it is messages from its first byte on. */
export function readFrames(): Frames {
  let rest: Buffer = Buffer.alloc(0);
  return {
    take(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Buffer[] = [];
      while (rest.length >= headBytes) {
        const end = 1 + rest.readUInt32BE(1);
        if (rest.length < end) break;
        frames.push(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
      return frames;
    },
  };
}
