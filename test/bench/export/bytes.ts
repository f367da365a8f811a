import { randomFillSync } from "node:crypto";

/** Rows of JSON as services have them, or noise that no compressor makes smaller. */
export type Kind = "json" | "noise";

const poolBytes = 32 * 1024 * 1024;
const chunkBytes = 64 * 1024;
const pools = new Map<Kind, Buffer>();

/** So many bytes in chunks, faster than anybody takes them. They repeat only beyond what deflate looks back. */
export function* bytesOf(kind: Kind, bytes: number): Generator<Buffer> {
  const pool = poolOf(kind);
  for (let at = 0; at < bytes; at += chunkBytes) {
    const from = at % poolBytes;
    yield pool.subarray(from, from + Math.min(chunkBytes, bytes - at));
  }
}

/** Made at its first use, which takes a second or two: have it made before anything is measured. */
export function poolOf(kind: Kind): Buffer {
  const pool =
    pools.get(kind) ?? (kind === "json" ? makeJson() : randomFillSync(Buffer.alloc(poolBytes)));
  pools.set(kind, pool);
  return pool;
}

const words =
  "flat house garden balcony river station quiet bright old new large small near far with and of the".split(
    " ",
  );

/** Some 0.3 of it remain at level 1: ids, times and amounts differ, words and keys repeat. */
function makeJson(): Buffer {
  const random = createRandom(20_260_504);
  const pick = () => words[Math.floor(random() * words.length)];
  const pool = Buffer.alloc(poolBytes, " ");
  for (let at = 0; at < poolBytes - 1_000; ) {
    const row = {
      id: Math.floor(random() * 1e12).toString(36),
      created_at: new Date(1.6e12 + random() * 2e11).toISOString(),
      title: Array.from({ length: 6 }, pick).join(" "),
      price: { amount: Math.floor(random() * 1e7) / 100, currency: "EUR" },
      place: { latitude: 40 + random() * 20, longitude: 10 + random() * 20 },
      is_active: random() < 0.5,
      note: Array.from({ length: Math.floor(random() * 30) }, pick).join(" "),
    };
    at += pool.write(`${JSON.stringify(row)}\n`, at);
  }
  return pool;
}

/** The same numbers in each run. Source: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
