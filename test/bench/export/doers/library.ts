import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import ZipStream from "zip-stream";
import type { Tasks } from "../tasks.ts";

/** As its manual has it; `storesNoise` is what somebody does who knows which files do not become smaller. */
export async function library({ files, into, storesNoise }: Tasks["library"]["in"]) {
  const zip = new ZipStream({ zlib: { level: 1 } });
  const written = pipeline(zip, createWriteStream(into, { flush: true }));
  for (const { path, service, name, kind } of files) {
    const store = storesNoise && kind === "noise";
    await new Promise<void>((resolve, reject) => {
      const source = createReadStream(path, { highWaterMark: 256 * 1024 });
      zip.entry(source, { name: `${service}/${name}`, store }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
  zip.finish();
  await written;
  return { bytes: (await stat(into)).size };
}
