import { readBoundedFile } from "../config/bounded-file.ts";
import type { PublicJwk } from "../config/jwk.ts";
import { readPublishedKeys } from "../config/key-set.ts";
import { readKeyUrl } from "../config/key-url.ts";

const mostBytes = 64 * 1024;
const timeoutMs = 10_000;

/**
 * Public keys from a file, or from an https URL (plain http is for this machine alone).
 *
 * @throws Error whose message says what is wrong.
 */
export async function readJwks(source: string): Promise<readonly PublicJwk[]> {
  const byUrl = readKeyUrl(source);
  const text = byUrl === undefined ? readFile(source) : await fetchText(byUrl);
  const published = readPublishedKeys(text);
  if (published === undefined) throw new Error(`${source} is no JSON Web Key Set`);
  if (published.keys.length === 0) throw new Error(`${source} has no key that can be used`);
  return published.keys;
}

function readFile(path: string): string {
  const read = readBoundedFile(path, mostBytes);
  if (read.kind === "fault") throw new Error(`${path} ${read.message}`);
  return read.value;
}

async function fetchText({ url, faults }: NonNullable<ReturnType<typeof readKeyUrl>>) {
  if (url === undefined) throw new Error(faults.map(({ message }) => message).join("; "));
  const { createBoundedGet } = await import("../connected/bounded-get.ts");
  const getter = createBoundedGet({ timeoutMs, maxBytes: mostBytes, connections: 1 });
  try {
    const reply = await getter.get({ url, readBody: (status) => status === 200 });
    if (reply.kind === "no_answer") throw new Error(`${url}: no answer (${reply.code})`);
    if (reply.status !== 200) throw new Error(`${url} answers ${reply.status}`);
    return reply.text;
  } finally {
    await getter.close();
  }
}
