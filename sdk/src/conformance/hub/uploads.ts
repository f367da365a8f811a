import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ReceivedFile } from "./report.ts";
import { isFileName } from "./report-form.ts";

const path = /^\/takeout\/exports\/([!-~]{1,64}?)\/files\/([^/?]+)$/;
const longestFile = 256 * 1024 * 1024;

/** The job and the name that an upload's path names, the name still encoded. */
export function readUploadPath(url: string): { jobId: string; encoded: string } | undefined {
  const [, jobId, encoded] = path.exec(url) ?? [];
  return jobId && encoded ? { jobId, encoded } : undefined;
}

/** Takes a file in, keeping its size and its digest only. Rejects when the connection is cut. */
export async function receiveFile(
  request: IncomingMessage,
  { jobId, encoded }: { jobId: string; encoded: string },
  ticketFault: string | undefined,
): Promise<ReceivedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= longestFile) hash.update(chunk);
  }
  const name = decode(encoded);
  const digest = hash.digest();
  const fault = faultOf(name, bytes, digest, request.headers["content-digest"]);
  return { jobId, name: name ?? "", bytes, sha256: digest.toString("hex"), fault, ticketFault };
}

function faultOf(
  name: string | undefined,
  bytes: number,
  digest: Buffer,
  claimed: string | string[] | undefined,
): string | undefined {
  if (!isFileName(name)) return "the file's name is not allowed, or not percent-encoded";
  if (bytes > longestFile) return "the file is larger than 256 MiB, more than this kit takes";
  const said = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]+):/.exec(String(claimed ?? ""))?.[1];
  const isWrong = said !== undefined && said !== digest.toString("base64");
  return isWrong ? "Content-Digest is not that of the body" : undefined;
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
