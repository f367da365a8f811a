/** What became of a call: an answer, or silence and its cause. */
export type Called =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** The parsed JSON; `undefined` when the body is none. */
      readonly body: unknown;
      readonly retryAfterSeconds: number | null;
    }
  | { readonly kind: "silence"; readonly cause: "timeout" | "no_connection" | "too_long" };

class TooLong extends Error {}

const maxBytes = 1024 * 1024;

/** Calls somebody for JSON: follows no redirect, ends in time, and reads no more than a mebibyte. */
export async function callJson(
  url: string,
  init: RequestInit & { readonly timeoutMs: number },
): Promise<Called> {
  const { timeoutMs, ...request } = init;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, { ...request, redirect: "manual", signal });
    return {
      kind: "answer",
      status: answer.status,
      body: toJson(await readBounded(answer.body)),
      retryAfterSeconds: toSeconds(answer.headers.get("retry-after")),
    };
  } catch (error) {
    return { kind: "silence", cause: causeOf(error, signal) };
  }
}

async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toSeconds(text: string | null): number | null {
  return text !== null && /^[0-9]{1,5}$/.test(text) ? Number(text) : null;
}

function causeOf(error: unknown, signal: AbortSignal): "timeout" | "no_connection" | "too_long" {
  if (error instanceof TooLong) return "too_long";
  return signal.aborted ? "timeout" : "no_connection";
}
