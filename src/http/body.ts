import { TakeoutError } from "../domain/errors.ts";

/** Bodies that the hub receives (contract 2), and how long a sender may take over one. */
const maxBodyBytes = 64 * 1024;
export const bodyWithinMs = 10_000;

/**
 * Reads a JSON body within its bounds.
 *
 * @returns the value, and the bytes it came as.
 * @throws TakeoutError `unsupported_media_type`, `body_too_large`, `request_timeout`, `bad_request`.
 */
export async function readJson(
  request: Request,
): Promise<{ readonly value: unknown; readonly bytes: Uint8Array }> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type.trim()))
    throw new TakeoutError("unsupported_media_type", { detail: "Send application/json" });
  const bytes = await readBytes(request);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { value: JSON.parse(text), bytes };
  } catch {
    throw new TakeoutError("bad_request", { detail: "The body is not JSON in UTF-8" });
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (Number(length ?? 0) > maxBodyBytes) throw new TakeoutError("body_too_large");
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TakeoutError("request_timeout")), bodyWithinMs);
  try {
    return await (length === null ? readPieces(request, late) : readWhole(request, late));
  } catch (error) {
    if (error instanceof TakeoutError) throw error;
    throw new TakeoutError("bad_request", { detail: "The body broke off", cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** A body whose length is known, and kept to by the server: a fifth of the cost of a stream. */
async function readWhole(request: Request, late: Promise<never>): Promise<Uint8Array> {
  const bytes = new Uint8Array(await Promise.race([request.arrayBuffer(), late]));
  if (bytes.byteLength > maxBodyBytes) throw new TakeoutError("body_too_large");
  return bytes;
}

async function readPieces(request: Request, late: Promise<never>): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array();
  // Never cancelled: that would cut the connection before it could be told why.
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await Promise.race([reader.read(), late]);
    if (done) return Buffer.concat(chunks, size);
    size += value.byteLength;
    if (size > maxBodyBytes) throw new TakeoutError("body_too_large");
    chunks.push(value);
  }
}
