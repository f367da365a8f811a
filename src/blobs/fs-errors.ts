import { BlobError } from "./blob-store.ts";

const fullCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"];

/** What a failed call of the file system means for a blob; what is none of its errors passes. */
export function toBlobError(error: unknown): unknown {
  if (error instanceof BlobError || error instanceof RangeError || error instanceof TypeError) {
    return error;
  }
  return new BlobError(fullCodes.includes(codeOf(error)) ? "full" : "unavailable", error);
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
