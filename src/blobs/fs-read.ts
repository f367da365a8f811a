import { type FileHandle, open } from "node:fs/promises";
import { BlobError, type ByteRange, type OpenBlob } from "./blob-store.ts";
import { toBlobError } from "./fs-errors.ts";

const chunkBytes = 256 * 1024;

/** Opens a file for one reader; the file stays his even when its name goes. Fails as the file system does. */
export async function openFile(
  path: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenBlob> {
  const file = await open(path, "r");
  try {
    const { size: bytes } = await file.stat();
    const { from, end } = clip(range, bytes);
    if (signal?.aborted) throw new BlobError("aborted", signal.reason);
    return { bytes, body: streamFile(file, from, end, signal) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function clip(range: ByteRange | undefined, bytes: number): { from: number; end: number } {
  if (range === undefined) return { from: 0, end: bytes };
  const { from, to } = range;
  const isSound = Number.isSafeInteger(from) && from >= 0 && from < bytes && to >= from;
  if (!isSound) throw new RangeError("no such bytes in the blob");
  return { from, end: Math.min(to + 1, bytes) };
}

/** At most one chunk is read ahead. The file is closed at its end, on an error, and when nobody wants more. */
function streamFile(
  file: FileHandle,
  from: number,
  end: number,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let position = from;
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    signal?.removeEventListener("abort", onAbort);
    await file.close();
  };
  let onAbort = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = () => {
        controller.error(signal?.reason);
        void close().catch(() => {});
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      try {
        const chunk = await readChunk(file, position, end);
        position += chunk.byteLength;
        if (isClosed) return;
        if (chunk.byteLength > 0) controller.enqueue(chunk);
        if (position >= end) {
          await close();
          controller.close();
        }
      } catch (error) {
        await close().catch(() => {});
        if (!signal?.aborted) controller.error(toBlobError(error));
      }
    },
    cancel: close,
  });
}

async function readChunk(file: FileHandle, position: number, end: number): Promise<Uint8Array> {
  const wanted = Math.min(chunkBytes, end - position);
  if (wanted === 0) return new Uint8Array();
  const { bytesRead, buffer } = await file.read(
    Buffer.allocUnsafeSlow(wanted),
    0,
    wanted,
    position,
  );
  // A file is never made shorter by us.
  if (bytesRead === 0) throw new Error("the file ends too early");
  return buffer.subarray(0, bytesRead);
}
