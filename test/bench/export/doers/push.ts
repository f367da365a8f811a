import { request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { bytesOf, poolOf } from "../bytes.ts";
import type { KeptFile, PlannedFile, Tasks } from "../tasks.ts";

for (const kind of ["json", "noise"] as const) poolOf(kind);

export async function push({ url, files, atOnce }: Tasks["push"]["in"]): Promise<KeptFile[]> {
  const kept: KeptFile[] = [];
  const left = [...files];
  const pushAll = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      kept.push({ ...file, ...(await pushOne(url, file)) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, pushAll));
  return files.map(
    (file) =>
      kept.find(({ name, service }) => name === file.name && service === file.service) as KeptFile,
  );
}

async function pushOne(
  url: string,
  { kind, bytes }: PlannedFile,
): Promise<Pick<KeptFile, "key" | "path" | "sha256" | "crc32">> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "content-length": bytes };
  const outgoing = request(url, { method: "PUT", headers }, (answer) => {
    text(answer).then(resolve, reject);
  });
  outgoing.on("error", reject);
  await pipeline(Readable.from(bytesOf(kind, bytes), { highWaterMark: 4 }), outgoing);
  return JSON.parse(await promise);
}
