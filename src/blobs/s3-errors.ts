import { BlobError } from "./blob-store.ts";

/** What servers say when they have no room; 507 where they are plain about it. */
const fullNames: readonly unknown[] = [
  "InsufficientStorage",
  "QuotaExceeded",
  "StorageFull",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
];

/** What a failed request means for a blob. What is wrong with the request itself passes. */
export function toBlobError(error: unknown): unknown {
  if (error instanceof BlobError || error instanceof RangeError) return error;
  if (nameOf(error) === "InvalidRange") return new RangeError("no such bytes in the blob");
  return new BlobError(isFull(error) ? "full" : "unavailable", error);
}

/** Of an object or an upload; a bucket that is not there is another thing. */
export function isMissing(error: unknown): boolean {
  return ["NoSuchKey", "NotFound", "NoSuchUpload"].includes(nameOf(error));
}

function isFull(error: unknown): boolean {
  return fullNames.includes(nameOf(error)) || statusOf(error) === 507;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}
