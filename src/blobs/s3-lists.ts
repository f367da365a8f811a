import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { isBlobKey, requireKind } from "./blob-key.ts";
import { BlobError, type ListOptions } from "./blob-store.ts";
import { ask, type Bucket } from "./s3-bucket.ts";
import { isMissing } from "./s3-errors.ts";

const mostOrphans = 10_000;

export async function* listKind(
  bucket: Bucket,
  kind: string,
  { olderThan, limit, after }: ListOptions,
): AsyncGenerator<string> {
  const Prefix = `${requireKind(kind)}/`;
  let [left, StartAfter, isMore] = [limit, after ?? Prefix, true];
  while (isMore && left > 0) {
    const command = new ListObjectsV2Command({ Bucket: bucket.name, Prefix, StartAfter });
    const page = await ask(bucket, (options) => bucket.client.send(command, options));
    for (const { Key = "", LastModified } of page.Contents ?? []) {
      StartAfter = Key;
      if (left === 0 || !isBlobKey(Key) || !isBefore(LastModified, olderThan)) continue;
      left -= 1;
      yield Key;
    }
    isMore = page.IsTruncated === true;
  }
}

type Upload = NonNullable<ListMultipartUploadsCommandOutput["Uploads"]>[number];

/** Leaves alone what is not ours: others may use the bucket too. */
export async function endOrphans(bucket: Bucket, olderThan: Date): Promise<number> {
  let ended = 0;
  for await (const { Key = "", UploadId, Initiated } of listUploads(bucket)) {
    if (ended === mostOrphans) break;
    if (!isBlobKey(Key) || !isBefore(Initiated, olderThan)) continue;
    const command = new AbortMultipartUploadCommand({ Bucket: bucket.name, Key, UploadId });
    await ask(bucket, (options) => bucket.client.send(command, options)).catch(letMissing);
    ended += 1;
  }
  return ended;
}

async function* listUploads(bucket: Bucket): AsyncGenerator<Upload> {
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
  while (from !== null) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: bucket.name,
      ...from,
    });
    const page = await ask(bucket, (options) => bucket.client.send(command, options));
    yield* page.Uploads ?? [];
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    from = page.IsTruncated === true ? { KeyMarker, UploadIdMarker } : null;
  }
}

function isBefore(time: Date | undefined, moment: Date): boolean {
  return time !== undefined && time < moment;
}

function letMissing(error: unknown): void {
  if (!(error instanceof BlobError && isMissing(error.cause))) throw error;
}
