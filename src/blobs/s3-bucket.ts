import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { BlobsConfig } from "../config/types.ts";
import { toBlobError } from "./s3-errors.ts";

export interface S3Options extends Omit<Extract<BlobsConfig, { driver: "s3" }>, "driver"> {
  /** How long an answer may take, its body apart. 10 s by default. */
  readonly answerMs?: number;
  /** How long one part of an upload may take, its repeats included; 2 min by default. */
  readonly partMs?: number;
  /** How long a transfer may stand still. 60 s by default. */
  readonly idleMs?: number;
  /** What the environment says by default. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The way to one bucket. */
export interface Bucket {
  readonly name: string;
  readonly client: S3Client;
  readonly answerMs: number;
  readonly partMs: number;
}

const connectMs = 3_000;
/** Each request, the first try included. */
const tries = 3;
/** As many transfers at once; the next one waits for a connection `connectMs` and fails. */
const mostSockets = 256;

export function openBucket(options: S3Options): Bucket {
  const { bucket: name, answerMs = 10_000, partMs = 120_000 } = options;
  return { name, client: new S3Client(toClientConfig(options)), answerMs, partMs };
}

function toClientConfig({
  endpoint,
  region,
  credentials,
  idleMs = 60_000,
}: S3Options): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: mostSockets };
  return {
    // A server of one's own knows no regions and rarely has a name for each bucket.
    ...(endpoint !== undefined && {
      endpoint,
      forcePathStyle: true,
      region: region ?? "us-east-1",
    }),
    ...(region !== undefined && { region }),
    ...(credentials && { credentials: { ...credentials } }),
    maxAttempts: tries,
    // Servers other than AWS's know fewer kinds of checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

/**
 * Asks for what has no body, within the limit.
 *
 * @throws BlobError
 */
export async function ask<T>(
  { answerMs }: Bucket,
  work: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await work({ abortSignal: AbortSignal.timeout(answerMs) });
  } catch (error) {
    throw toBlobError(error);
  }
}
