import { createHash } from "node:crypto";

/** A body that comes in pieces. */
export async function* inPieces(...pieces: readonly (string | Uint8Array)[]) {
  for (const piece of pieces) yield typeof piece === "string" ? Buffer.from(piece) : piece;
}

/** A body of so many bytes, each piece unlike the others. */
export async function* ofBytes(bytes: number, pieceBytes = 64 * 1024) {
  for (let at = 0; at < bytes; at += pieceBytes) {
    const piece = Buffer.alloc(Math.min(pieceBytes, bytes - at), "takeout ");
    if (piece.length >= 6) piece.writeUIntLE(at, 0, 6);
    yield piece;
  }
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await collectAll(body));
}

export async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A body that is under way: its pieces are given by hand. */
export function byHand() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return { body: readable, writer };
}
