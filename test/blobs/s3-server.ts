import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { startFauxqs } from "fauxqs";

/** What goes wrong between the hub and the server. */
export type S3Fault =
  | { readonly kind: "refuse"; readonly status: number; readonly code: string }
  /** The connection ends without an answer. */
  | { readonly kind: "cut" }
  /** Never answered. */
  | { readonly kind: "hang" }
  /** The answer's body ends in the middle. */
  | { readonly kind: "cut_body" };

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
  /** Uploads that were begun and neither completed nor aborted, by their ids. */
  readonly uploads: ReadonlyMap<string, { readonly key: string; readonly begunAt: Date }>;
  /** Method and query of each request that came, without its key. */
  readonly requests: string[];
  /** Strikes requests that it says something for; until it is called again. */
  strike(fault: (request: IncomingMessage) => S3Fault | undefined): void;
}

const bucket = "takeout-test";

/**
 * A server of S3 behind a door that can fail. The door also lists unfinished uploads, which the server
 * cannot: it sees them begin and end. Pages hold one upload, so that paging is tried.
 */
export async function startS3Server(options: { storageDir?: string } = {}): Promise<S3Server> {
  const { storageDir } = options;
  const inner = await startFauxqs({
    port: 0,
    host: "127.0.0.1",
    logger: false,
    ...(storageDir !== undefined && { s3StorageDir: storageDir }),
  });
  inner.createBucket(bucket);
  const uploads = new Map<string, { key: string; begunAt: Date }>();
  const requests: string[] = [];
  let faultOf: (request: IncomingMessage) => S3Fault | undefined = () => undefined;

  const door = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "", "http://door");
    requests.push(`${incoming.method} ${url.search}`);
    const fault = faultOf(incoming);
    outgoing.on("error", () => {});
    if (fault?.kind === "hang") return;
    if (fault?.kind === "cut") return void incoming.destroy();
    if (fault?.kind === "refuse") return refuse(incoming, outgoing, fault);
    if (incoming.method === "GET" && url.searchParams.has("uploads")) {
      const isThere = url.pathname.split("/")[1] === bucket;
      const missing = { status: 404, code: "NoSuchBucket" };
      if (!isThere) return refuse(incoming, outgoing, missing);
      return void outgoing.end(listUploads(uploads, url.searchParams));
    }
    const { status, body } = await passOn(inner.port, incoming, outgoing, fault);
    if (incoming.method === "POST" && url.searchParams.has("uploads") && status === 200) {
      const [, id = ""] = /<UploadId>(.*?)<\/UploadId>/.exec(body) ?? [];
      const key = decodeURIComponent(url.pathname.slice(bucket.length + 2));
      uploads.set(id, { key, begunAt: new Date() });
    }
    const ended = ["POST", "DELETE"].includes(incoming.method ?? "") && status < 300;
    if (ended) uploads.delete(url.searchParams.get("uploadId") ?? "");
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");

  return {
    endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    bucket,
    uploads,
    requests,
    strike(fault) {
      faultOf = fault;
    },
    async [Symbol.asyncDispose]() {
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      await inner.stop();
    },
  };
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  incoming.resume();
  outgoing.writeHead(status, { "content-type": "application/xml" });
  outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
}

/** Passes a request on and its answer back; answers about uploads are read as well. */
function passOn(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: S3Fault | undefined,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port, method, path, headers }, async (answer) => {
      const status = answer.statusCode ?? 500;
      outgoing.writeHead(status, answer.headers);
      if (fault?.kind === "cut_body") {
        answer.once("data", (chunk: Buffer) => {
          outgoing.write(chunk.subarray(0, 10), () => outgoing.destroy());
          answer.destroy();
        });
        return resolve({ status: 500, body: "" });
      }
      if (method === "GET") {
        answer.pipe(outgoing);
        return resolve({ status, body: "" });
      }
      const body = await buffer(answer);
      resolve({ status, body: body.toString() });
      outgoing.end(body);
    });
    onward.on("error", () => {
      outgoing.destroy();
      resolve({ status: 500, body: "" });
    });
    incoming.on("close", () => {
      if (!incoming.complete) onward.destroy();
    });
    incoming.pipe(onward);
  });
}

/** Source: Amazon S3, ListMultipartUploads. */
function listUploads(
  uploads: ReadonlyMap<string, { key: string; begunAt: Date }>,
  query: URLSearchParams,
): string {
  const place = (key: string, id: string) => `${key} ${id}`;
  const from = place(query.get("key-marker") ?? "", query.get("upload-id-marker") ?? "");
  const all = [...uploads]
    .map(([id, { key, begunAt }]) => ({ id, key, begunAt, place: place(key, id) }))
    .filter((upload) => upload.place > from)
    .toSorted((one, other) => (one.place < other.place ? -1 : 1));
  const [first] = all;
  const entry =
    first === undefined
      ? ""
      : `<NextKeyMarker>${first.key}</NextKeyMarker><NextUploadIdMarker>${first.id}</NextUploadIdMarker>
         <Upload><Key>${first.key}</Key><UploadId>${first.id}</UploadId>
         <Initiated>${first.begunAt.toISOString()}</Initiated></Upload>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>${bucket}</Bucket>
${entry}<IsTruncated>${all.length > 1}</IsTruncated></ListMultipartUploadsResult>`;
}
