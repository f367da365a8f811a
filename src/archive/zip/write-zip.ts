import { crc32 } from "node:zlib";
import {
  blockBytes,
  deflate,
  deflateBlock,
  endOfDeflated,
  inBlocks,
  isCompressible,
} from "./deflate.ts";
import {
  centralHeader,
  dataDescriptor,
  endOf,
  endRecords,
  isLarge,
  localHeader,
  type Method,
  type Written,
} from "./records.ts";

/** One file of a ZIP. */
export interface ZipEntry {
  /** Written as it is, in UTF-8. */
  readonly path: string;
  readonly modifiedAt: Date;
  readonly content: Packed | Streamed;
}

/** A content that is there as a whole, and packed already. */
export interface Packed {
  readonly kind: "packed";
  readonly method: Method;
  readonly data: Buffer;
  readonly crc32: number;
  readonly bytes: number;
}

/** A content that is read when its turn comes. */
export interface Streamed {
  readonly kind: "streamed";
  readonly chunks: AsyncIterable<Uint8Array>;
  /** It has as many bytes. */
  readonly bytes: number;
  /** Spares those who read the ZIP a record behind contents that are stored as they are. */
  readonly crc32?: number;
}

/** As much fits into one block. */
export const mostPackedBytes = blockBytes;

/** Packs a content of at most `mostPackedBytes`. */
export async function pack(content: Uint8Array): Promise<Packed> {
  const data = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const plain = { kind: "packed", crc32: crc32(data), bytes: data.length } as const;
  if (!(await isCompressible(data))) return { ...plain, method: "stored", data };
  const deflated = Buffer.concat([await deflateBlock(data), endOfDeflated]);
  return { ...plain, method: "deflated", data: deflated };
}

/** The content is not what was said of it. */
export class ZipContentError extends Error {
  override readonly name = "ZipContentError";
}

/**
 * Writes a ZIP as its entries come, with ZIP64 where something does not fit otherwise. Of the entries only a line
 * each stays in memory.
 *
 * @throws ZipContentError; and what an entry's content throws. What was written by then is no ZIP.
 */
export async function* writeZip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = [];
  let [offset, bytes] = [0, 0];
  for await (const entry of entries) {
    const written = yield* writeEntry(entry, offset);
    const line = centralHeader(written);
    directory.push(line);
    offset = endOf(written);
    bytes += line.length;
  }
  yield* directory;
  yield endRecords({ entries: directory.length, bytes, offset });
}

function writeEntry(entry: ZipEntry, offset: number): AsyncGenerator<Uint8Array, Written> {
  const { path, modifiedAt, content } = entry;
  const base = { name: Buffer.from(path), modifiedAt, offset };
  return content.kind === "packed" ? writePacked(base, content) : writeStreamed(base, content);
}

type Base = Pick<Written, "name" | "modifiedAt" | "offset">;

async function* writePacked(base: Base, content: Packed): AsyncGenerator<Uint8Array, Written> {
  const { method, crc32, bytes, data } = content;
  const known = { method, crc32, bytes, compressedBytes: data.length };
  const written = { ...base, ...known, isDescribedLater: false, isLarge: false };
  yield localHeader(written);
  if (data.length > 0) yield data;
  return written;
}

async function* writeStreamed(base: Base, content: Streamed): AsyncGenerator<Uint8Array, Written> {
  const seen = { bytes: 0, crc32: 0 };
  const blocks = inBlocks(watch(content, seen));
  try {
    const { value: first = new Uint8Array() } = await blocks.next();
    const method = (await isCompressible(first)) ? "deflated" : "stored";
    const isDescribedLater = method === "deflated" || content.crc32 === undefined;
    const { bytes } = content;
    const said = { ...base, method, isDescribedLater, isLarge: isLarge(bytes) } as const;
    yield localHeader({ ...said, bytes, compressedBytes: bytes, crc32: content.crc32 ?? 0 });
    let compressedBytes = 0;
    const all = withFirst(first, blocks);
    for await (const chunk of method === "deflated" ? deflate(all) : all) {
      compressedBytes += chunk.byteLength;
      yield chunk;
    }
    requireSame(content, seen);
    const written = { ...said, ...seen, compressedBytes };
    if (isDescribedLater) yield dataDescriptor(written);
    return written;
  } finally {
    await blocks.return(undefined);
  }
}

async function* watch(
  said: Streamed,
  seen: { bytes: number; crc32: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of said.chunks) {
    seen.bytes += chunk.byteLength;
    if (seen.bytes > said.bytes) throw new ZipContentError("the content is longer than was said");
    seen.crc32 = crc32(chunk, seen.crc32);
    yield chunk;
  }
}

/** Its header is written already. */
function requireSame(said: Streamed, seen: { bytes: number; crc32: number }): void {
  const isSame = seen.bytes === said.bytes && seen.crc32 === (said.crc32 ?? seen.crc32);
  if (!isSame) throw new ZipContentError("the content is not what was said of it");
}

async function* withFirst(
  first: Uint8Array,
  others: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* others;
}
