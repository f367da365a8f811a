import { availableParallelism } from "node:os";
import { constants, deflateRaw } from "node:zlib";

/** A third of the time of the usual level for a quarter more bytes. */
const level = 1;
/** How much one thread takes at once; so much of a content, four times over, is in memory. */
export const blockBytes = 256 * 1024;
const blocksAhead = 4;
/** The pool has four threads by default, and files are read by it too. */
const blocksAtOnce = Math.max(1, Math.min(3, availableParallelism()));
const sampleBytes = 32 * 1024;
/** What stays larger than this is not worth the time. */
const worthwhile = 0.95;
/** The last block of a deflated content, and an empty one. */
export const endOfDeflated = Buffer.of(0x03, 0x00);

/** One line for all archives of a process. */
let running = 0;
const waiting: (() => void)[] = [];

/** Looks at a piece of a block: pictures, films and archives do not become smaller. */
export async function isCompressible(block: Uint8Array): Promise<boolean> {
  if (block.byteLength === 0) return false;
  const from = Math.max(0, (block.byteLength - sampleBytes) >> 1);
  const sample = block.subarray(from, from + sampleBytes);
  return (await deflateBlock(sample)).byteLength < sample.byteLength * worthwhile;
}

/**
 * Deflates a content, several blocks of it at the same time. What comes out is one raw deflate stream
 * (RFC 1951): each block ends at a whole byte and refers to none before it.
 */
export async function* deflate(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const line: Promise<Buffer>[] = [];
  for await (const block of blocks) {
    const deflated = deflateBlock(block);
    deflated.catch(() => {}); // it is heard of in its turn
    line.push(deflated);
    if (line.length < blocksAhead) continue;
    yield await (line.shift() as Promise<Buffer>);
  }
  for (const deflated of line) yield await deflated;
  yield endOfDeflated;
}

/** One block of a deflated content. */
export async function deflateBlock(block: Uint8Array): Promise<Buffer> {
  if (running >= blocksAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await deflateInPool(block);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function deflateInPool(block: Uint8Array): Promise<Buffer> {
  const finishFlush = constants.Z_SYNC_FLUSH;
  // Room for all that can come of it, so that it is one journey to the pool.
  const chunkSize = block.byteLength + 1024;
  return new Promise((resolve, reject) => {
    deflateRaw(block, { level, chunkSize, finishFlush }, (error, deflated) =>
      error ? reject(error) : resolve(deflated),
    );
  });
}

/** A content in blocks of about one size; what comes in that size is not copied. */
export async function* inBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [gathered, bytes]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const piece = chunk.subarray(at, at + blockBytes - bytes);
      gathered.push(piece);
      at += piece.byteLength;
      bytes += piece.byteLength;
      if (bytes < blockBytes) continue;
      yield join(gathered);
      [gathered, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield join(gathered);
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first ? first : Buffer.concat(pieces);
}
