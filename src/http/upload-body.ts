import { TakeoutError } from "../domain/errors.ts";

/** In ms: how long a body may stand still, and how long it may take in all. */
interface UploadTimes {
  readonly stillMs: number;
  readonly wholeMs: number;
}

/**
 * The body of an upload, as it comes. Long as the whole may take, bytes must keep coming.
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
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => late.reject(new TakeoutError("request_timeout")), stillMs);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return;
      if (performance.now() > endsAt) throw new TakeoutError("request_timeout");
      yield value;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
}
