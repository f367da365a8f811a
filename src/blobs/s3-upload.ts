import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { BlobError, type BlobStore, type PutOptions, type StoredBlob } from "./blob-store.ts";
import { measureBody } from "./body.ts";
import { createBuffers, fillBuffers } from "./buffers.ts";
import { ask, type Bucket } from "./s3-bucket.ts";
import { toBlobError } from "./s3-errors.ts";
import { createSlots } from "./slots.ts";

const mib = 1024 * 1024;
/** The least that S3 takes, and the most parts of one upload. Source: Amazon S3, multipart upload limits. */
const leastPartBytes = 5 * mib;
const mostParts = 10_000;
/** While these are on their way one more is gathered: an upload holds three parts in memory and no more. */
const partsAtOnce = 2;
/** Of all uploads together; each may send one part in any case. */
const partsOfAll = 6;
/** In a process. */
const uploadsAtOnce = 6;
const waitMs = 30_000;

/** Uploads bodies, a bounded number at once: what waits for its turn is not read. */
export function createUploads(bucket: Bucket): BlobStore["put"] {
  const slots = createSlots(uploadsAtOnce, waitMs);
  const buffers = createBuffers(leastPartBytes, uploadsAtOnce * 2);
  let running = 0;
  const mostAtOnce = () => Math.max(1, Math.min(partsAtOnce, Math.floor(partsOfAll / running)));
  return async (key, body, options) => {
    const giveBack = await slots.take(options.signal);
    running += 1;
    try {
      const target = { bucket, key, buffers, mostAtOnce, ...limitsOf(bucket, options) };
      return await upload(target, body, options);
    } finally {
      running -= 1;
      giveBack();
    }
  };
}

interface Target {
  readonly bucket: Bucket;
  readonly key: string;
  readonly buffers: ReturnType<typeof createBuffers>;
  readonly partBytes: number;
  /** How many parts may be on their way now. */
  readonly mostAtOnce: () => number;
  /** Of one request. */
  readonly limit: () => { abortSignal: AbortSignal };
  /** Ends the requests under way. */
  readonly stop: AbortController;
}

function limitsOf({ partMs }: Bucket, { maxBytes, signal }: PutOptions) {
  const stop = new AbortController();
  const partBytes = Math.max(leastPartBytes, Math.ceil(maxBytes / mostParts / mib) * mib);
  const signals = [stop.signal, ...(signal ? [signal] : [])];
  const limit = () => ({ abortSignal: AbortSignal.any([...signals, AbortSignal.timeout(partMs)]) });
  return { partBytes, limit, stop };
}

async function upload(
  target: Target,
  body: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<StoredBlob> {
  const { chunks, measured } = measureBody(body, options);
  const parts = fillBuffers(chunks, target.buffers, target.partBytes);
  try {
    await uploadParts(target, parts);
    return measured();
  } catch (error) {
    if (options.signal?.aborted) throw new BlobError("aborted", options.signal.reason);
    throw toBlobError(error);
  } finally {
    await parts.return(undefined); // lets go of the body where nobody reads on
  }
}

type Parts = ReturnType<typeof fillBuffers>;

async function uploadParts(target: Target, parts: Parts): Promise<void> {
  const { value: first } = await parts.next();
  if (first === undefined) return putObject(target, new Uint8Array());
  if (first.byteLength < target.partBytes) {
    await putObject(target, first);
    target.buffers.giveBack(first);
    return;
  }
  const { bucket, key: Key, limit } = target;
  const place = { Bucket: bucket.name, Key };
  const { UploadId } = await bucket.client.send(new CreateMultipartUploadCommand(place), limit());
  const id = { ...place, UploadId };
  try {
    const Parts = await sendParts(target, id, withFirst(first, parts));
    const command = new CompleteMultipartUploadCommand({ ...id, MultipartUpload: { Parts } });
    await bucket.client.send(command, limit()).catch((error) => removeAndThrow(target, error));
  } catch (error) {
    // What cannot be ended is an orphan.
    const command = new AbortMultipartUploadCommand(id);
    await ask(bucket, (options) => bucket.client.send(command, options)).catch(() => {});
    throw error;
  }
}

async function putObject(target: Target, Body: Uint8Array): Promise<void> {
  const { bucket, key: Key, limit } = target;
  const command = new PutObjectCommand({ Bucket: bucket.name, Key, Body });
  await bucket.client.send(command, limit()).catch((error) => removeAndThrow(target, error));
}

/** Without an answer nobody knows whether it was stored. */
async function removeAndThrow({ bucket, key: Key }: Target, error: unknown): Promise<never> {
  const command = new DeleteObjectCommand({ Bucket: bucket.name, Key });
  await ask(bucket, (options) => bucket.client.send(command, options)).catch(() => {});
  throw error;
}

interface SentPart {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
}

async function sendParts(
  target: Target,
  id: { Bucket: string; Key: string; UploadId: string | undefined },
  parts: AsyncIterable<Uint8Array>,
): Promise<SentPart[]> {
  const { bucket, buffers, limit, mostAtOnce, stop } = target;
  const underWay = new Set<Promise<void>>();
  const sent: SentPart[] = [];
  const send = async (Body: Uint8Array, PartNumber: number): Promise<void> => {
    const command = new UploadPartCommand({ ...id, PartNumber, Body });
    const { ETag } = await bucket.client.send(command, limit());
    sent.push({ PartNumber, ETag });
    buffers.giveBack(Body);
  };
  try {
    let number = 0;
    for await (const part of parts) {
      number += 1;
      const sending = send(part, number).finally(() => underWay.delete(sending));
      sending.catch(() => {}); // it is heard of below
      underWay.add(sending);
      while (underWay.size >= mostAtOnce()) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(underWay);
    throw error;
  }
  return sent.toSorted((one, other) => one.PartNumber - other.PartNumber);
}

async function* withFirst(first: Uint8Array, others: Parts): AsyncGenerator<Uint8Array> {
  yield first;
  yield* others;
}
