/** Holds what services upload and the archives made of it, each under a key of ours (`newBlobKey`). */
export interface BlobStore extends AsyncDisposable {
  /**
   * Streams a body into an object, which is seen only when it is whole and durable: whoever reads meanwhile
   * finds nothing, or what the key held before. On a rejection nothing of the new body stays.
   *
   * @param body - read only as fast as it is stored, and let go of in any case; a `ReadableStream` is one too. A
   *   chunk that was handed over must not be written to again.
   * @param options.signal - a body that hangs is given up with it.
   * @throws BlobError "too_large" for more than `maxBytes`, "full", "unavailable", or "aborted" (by the signal,
   *   or because the body itself failed: its error is the `cause`).
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob>;
  /**
   * Opens an object, or null where there is none. What is opened stays readable when the object is replaced or
   * removed. The body must be read to its end or cancelled; the signal cancels it. A fault of the
   * store while it is read fails it with BlobError "unavailable".
   *
   * @param range - without it the whole object.
   * @throws BlobError "unavailable", "aborted"; RangeError for a range that begins past the end.
   */
  get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenBlob | null>;
  /** @throws BlobError "unavailable" */
  head(key: string): Promise<{ readonly bytes: number } | null>;
  /**
   * What is not there is no error; some may be gone when it fails.
   *
   * @throws BlobError "unavailable"
   */
  remove(keys: readonly string[]): Promise<void>;
  /**
   * Keys of one kind that were written before a moment, in the order of the keys.
   *
   * @throws BlobError "unavailable"
   */
  list(kind: string, options: ListOptions): AsyncIterable<string>;
  /**
   * Ends uploads that nobody finished: their process was killed. One that still goes on fails if it was last
   * written to (s3: begun) before that moment. At most 10,000 in one go.
   *
   * @returns how many there were.
   * @throws BlobError "unavailable"
   */
  abortOrphans(olderThan: Date): Promise<number>;
}

export interface PutOptions {
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** False where nobody asks for the checksum: it is 0 then, and costs no time. True by default. */
  readonly hasCrc32?: boolean;
}

/** What became of a body. */
export interface StoredBlob {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Unsigned, as a ZIP wants it; 0 without `hasCrc32`. */
  readonly crc32: number;
}

/** Both ends belong to it, and an end past the object's is cut, as in `Range` (RFC 9110, section 14.1.2). */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface OpenBlob {
  /** Of the whole object, whatever the range. */
  readonly bytes: number;
  readonly body: ReadableStream<Uint8Array>;
}

export interface ListOptions {
  readonly olderThan: Date;
  readonly limit: number;
  /** Goes on behind this key; from the first one by default. */
  readonly after?: string;
}

export type BlobErrorCode = "full" | "too_large" | "unavailable" | "aborted";

/** Why a blob could not be kept or read; `cause` is for the log, it may name places. */
export class BlobError extends Error {
  override readonly name = "BlobError";
  readonly code: BlobErrorCode;

  constructor(code: BlobErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
