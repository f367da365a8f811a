import { TakeoutError } from "../domain/errors.ts";

/** In ms: how long a sender may stand still whose bytes are awaited, and how long it may take in all. */
interface UploadTimes {
  readonly stillMs: number;
  readonly wholeMs: number;
}

/**
 * The body of an upload, as it comes. Long as the whole may take, bytes must keep coming. Nothing of what was
 * passed on is kept.
 *
 * @throws TakeoutError `request_timeout` while it is read; what the connection throws when it breaks off.
 */
export async function* readUpload(
  stream: ReadableStream<Uint8Array> | null,
  { stillMs, wholeMs }: UploadTimes,
): AsyncGenerator<Uint8Array> {
  if (stream === null) return;
  // Not cancelled where it is given up: that would cut the connection before the sender could be told why.
  const reader = stream.getReader();
  const endsAt = performance.now() + wholeMs;
  let giveUp = (_: TakeoutError): void => {};
  const timer = setTimeout(() => giveUp(new TakeoutError("request_timeout")), stillMs);
  try {
    for (;;) {
      // One promise for each read: a race against one that lives as long as the upload would keep every chunk of it.
      const next = Promise.withResolvers<{ done: boolean; value?: Uint8Array | undefined }>();
      giveUp = next.reject;
      // Anew for each: how long the one before was in keeping is not the sender's time.
      timer.refresh();
      reader.read().then(next.resolve, next.reject);
      const { value } = await next.promise;
      if (value === undefined) return;
      if (performance.now() > endsAt) throw new TakeoutError("request_timeout");
      yield value;
    }
  } finally {
    clearTimeout(timer);
  }
}
