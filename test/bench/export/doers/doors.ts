import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { newBlobKey } from "../../../../src/blobs/blob-key.ts";
import { createBlobStore } from "../../../../src/blobs/create-blob-store.ts";
import type { Place, Tasks } from "../tasks.ts";

const maxBytes = 64 * 2 ** 30;

export function listen(handle: RequestListener): Promise<{ url: string }> {
  const server = createServer(handle);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    });
  });
}

export async function receive({ place }: Tasks["receive"]["in"]): Promise<{ url: string }> {
  const store = createBlobStore(place);
  return listen(async (incoming, outgoing) => {
    const key = newBlobKey("uploads");
    const stored = await store.put(key, incoming, { maxBytes });
    outgoing.end(JSON.stringify({ key, path: pathOf(place, key), ...stored }));
  });
}

function pathOf(place: Place, key: string): string {
  const [kind = "", id = ""] = key.split("/");
  return place.driver === "fs" ? join(place.path, "objects", kind, id.slice(0, 2), id) : "";
}
