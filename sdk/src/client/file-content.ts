import { Misuse } from "../misuse.ts";
import { type Sha256, startSha256 } from "./sha256.ts";

/** What is in a file, in pieces. */
export type FileChunks = AsyncIterable<string | Uint8Array> | ReadableStream<string | Uint8Array>;

/**
 * What is in a file: at hand, or a function that gives it from its beginning each time it is called,
 * because a repeat of an upload needs it again. `openAsBlob` of `node:fs` makes a Blob of a file.
 */
export type FileContent = string | Uint8Array | Blob | (() => FileChunks | Promise<FileChunks>);

/** One upload of a content: what is sent, and what is known of it before and after. */
export interface OpenedContent {
  body: NonNullable<RequestInit["body"]>;
  /** SHA-256 in hexadecimal digits, where it is known before. */
  sha256?: string;
  /** The same, once all was sent; undefined where this runtime cannot tell. */
  sentSha256(): string | undefined;
  /** What the content itself threw. */
  fault(): { error: unknown } | undefined;
}

/** @throws TypeError when no file can be made of it. */
export function checkContent(content: unknown): void {
  const isContent =
    typeof content === "string" ||
    typeof content === "function" ||
    content instanceof Blob ||
    isBytes(content);
  if (isContent) return;
  throw new Misuse(
    `content: give text, bytes, a Blob, or a function that gives pieces anew, not ${typeof content}`,
  );
}

// By its name: a runner of tests may have a Uint8Array of its own.
function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

const wholeBytes = 1024 * 1024;
const sliceBytes = 256 * 1024;

/** @param onChunk - called with each piece that is read, so that the sender sees that it gets on. */
export async function openContent(
  content: FileContent,
  onChunk: () => void,
): Promise<OpenedContent> {
  checkContent(content);
  if (typeof content === "function") return streamed(await content(), onChunk, startSha256());
  // A Blob may be a file larger than the memory: it is read twice rather than held.
  if (content instanceof Blob) {
    return known(await sha256OfBlob(content, onChunk), streamed(content.stream(), onChunk));
  }
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const sha256 = await sha256OfBytes(bytes as Uint8Array<ArrayBuffer>);
  if (bytes.byteLength > wholeBytes) return known(sha256, streamed(slicesOf(bytes), onChunk));
  return known(sha256, { body: bytes as Uint8Array<ArrayBuffer>, fault: () => undefined });
}

function known(
  sha256: string | undefined,
  opened: Pick<OpenedContent, "body" | "fault">,
): OpenedContent {
  const sentSha256 = () => sha256;
  return { ...opened, sentSha256, ...(sha256 === undefined ? {} : { sha256 }) };
}

async function* slicesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += sliceBytes)
    yield bytes.subarray(at, at + sliceBytes);
}

async function sha256OfBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

async function sha256OfBlob(blob: Blob, onChunk: () => void): Promise<string | undefined> {
  const hash = startSha256();
  if (!hash) return undefined;
  for await (const chunk of chunksOf(blob.stream())) {
    onChunk();
    hash.update(chunk);
  }
  return hash.digest();
}

function streamed(given: FileChunks, onChunk: () => void, hash?: Sha256): OpenedContent {
  let sha256: string | undefined;
  let fault: { error: unknown } | undefined;
  const chunks = chunksOf(given);

  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        onChunk();
        if (!done) {
          hash?.update(value);
          return controller.enqueue(value);
        }
        sha256 = hash?.digest();
        controller.close();
      } catch (error) {
        fault = { error };
        controller.error(error);
      }
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  return { body, sentSha256: () => sha256, fault: () => fault };
}

async function* chunksOf(chunks: FileChunks): AsyncGenerator<Uint8Array, undefined> {
  const encoder = new TextEncoder();
  for await (const chunk of iterate(chunks)) {
    const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
    if (!isBytes(bytes)) {
      throw new Misuse(`content: give string or Uint8Array as a piece, not ${typeof chunk}`);
    }
    // Some runtimes take a chunk of no bytes for the end.
    if (bytes.byteLength > 0) yield bytes;
  }
}

// Not every runtime's streams can be iterated.
async function* iterate(chunks: FileChunks): AsyncGenerator<string | Uint8Array> {
  const given = Object(chunks) as object;
  if (Symbol.asyncIterator in given) return yield* chunks as AsyncIterable<string | Uint8Array>;
  if (!("getReader" in given)) {
    throw new Misuse("content: a function must give an async iterable, or a stream");
  }
  const reader = (chunks as ReadableStream<string | Uint8Array>).getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
