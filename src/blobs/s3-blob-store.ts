import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { requireKey } from "./blob-key.ts";
import { BlobError, type BlobStore, type ByteRange, type OpenBlob } from "./blob-store.ts";
import { ask, type Bucket, openBucket, type S3Options } from "./s3-bucket.ts";
import { isMissing, toBlobError } from "./s3-errors.ts";
import { endOrphans, listKind } from "./s3-lists.ts";
import { createUploads } from "./s3-upload.ts";

const removedAtOnce = 1_000;

/**
 * Keeps objects in a bucket that is there. Who the hub is, and the region where the configuration names none, are
 * found as any client of AWS finds them: `AWS_ACCESS_KEY_ID` and its likes, or the machine's role.
 */
export function createS3BlobStore(options: S3Options): BlobStore {
  const bucket = openBucket(options);
  const upload = createUploads(bucket);
  return {
    put: async (key, body, putOptions) => upload(requireKey(key), body, putOptions),
    get: async (key, range, signal) => getObject(bucket, requireKey(key), range, signal),
    head: async (key) => headObject(bucket, requireKey(key)),
    async remove(keys) {
      const all = keys.map((key) => ({ Key: requireKey(key) }));
      for (let at = 0; at < all.length; at += removedAtOnce) {
        await removeObjects(bucket, all.slice(at, at + removedAtOnce));
      }
    },
    list: (kind, listOptions) => listKind(bucket, kind, listOptions),
    abortOrphans: (olderThan) => endOrphans(bucket, olderThan),
    async [Symbol.asyncDispose]() {
      bucket.client.destroy();
    },
  };
}

/** Until the body begins there is a limit; what comes then is bounded by how long it may stand still. */
async function getObject(
  { client, name, answerMs }: Bucket,
  Key: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<OpenBlob | null> {
  const command = new GetObjectCommand({ Bucket: name, Key, ...toHeader(range) });
  const noAnswer = new AbortController();
  const timer = setTimeout(() => noAnswer.abort(), answerMs);
  const abortSignal = AbortSignal.any([noAnswer.signal, ...(signal ? [signal] : [])]);
  try {
    const found = await orNull(client.send(command, { abortSignal }));
    return found && toOpenBlob(found, signal);
  } catch (error) {
    throw signal?.aborted ? new BlobError("aborted", signal.reason) : error;
  } finally {
    clearTimeout(timer);
  }
}

function toHeader(range: ByteRange | undefined): { Range?: string } {
  if (range === undefined) return {};
  const { from, to } = range;
  if (!Number.isSafeInteger(from) || from < 0 || to < from) throw new RangeError("no such bytes");
  return { Range: `bytes=${from}-${to}` };
}

function toOpenBlob(
  { Body, ContentLength = 0, ContentRange }: GetObjectCommandOutput,
  signal: AbortSignal | undefined,
): OpenBlob {
  if (Body === undefined) throw new BlobError("unavailable", new Error("an answer without a body"));
  const [, whole] = /\/(\d+)$/.exec(ContentRange ?? "") ?? [];
  return {
    bytes: whole === undefined ? ContentLength : Number(whole),
    body: namingFaults(Body.transformToWebStream(), signal),
  };
}

/** A connection that breaks while a body comes is the store's failure, as one that breaks before it. */
function namingFaults(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    try {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    } catch (error) {
      throw signal?.aborted ? signal.reason : toBlobError(error);
    }
  };
  return new ReadableStream(
    { pull, cancel: (reason) => reader.cancel(reason) },
    { highWaterMark: 0 },
  );
}

async function headObject(bucket: Bucket, Key: string): Promise<{ bytes: number } | null> {
  const { client, name: Bucket } = bucket;
  const command = new HeadObjectCommand({ Bucket, Key });
  const found = await orNull(ask(bucket, (options) => client.send(command, options)));
  if (found !== null) return { bytes: found.ContentLength ?? 0 };
  // An answer to HEAD does not say whether it is the object that is not there or the bucket.
  await ask(bucket, (options) => client.send(new HeadBucketCommand({ Bucket }), options));
  return null;
}

async function removeObjects(bucket: Bucket, Objects: { Key: string }[]): Promise<void> {
  const Delete = { Objects, Quiet: true };
  const command = new DeleteObjectsCommand({ Bucket: bucket.name, Delete });
  const { Errors: [first] = [] } = await ask(bucket, (options) =>
    bucket.client.send(command, options),
  );
  if (first !== undefined) throw new BlobError("unavailable", new Error(first.Code));
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof BlobError ? error.cause : error;
    if (isMissing(reason)) return null;
    throw toBlobError(error);
  }
}
