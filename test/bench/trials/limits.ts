import { generateKeyPairSync, sign, verify } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Ground } from "../ground.ts";
import { spreadOf } from "../statistics.ts";
import type { Trial, Tried } from "../trial.ts";

const verifications = 2_000;
const atOnce = 32;
const syncs = 200;

/** What this machine can do at most of what every request needs. */
export const limits: Trial = { name: "limits", title: "limits of this machine", run };

async function run(ground: Ground): Promise<Tried> {
  const [alone, together] = [verifyOneByOne(), await verifyTogether()];
  const sync = await syncToDisk(join(ground.folder, "sync"));
  const all = { unit: "1/s", of: verifications };
  return {
    figures: [
      { ...all, name: "EdDSA signatures checked, one by one", value: alone },
      { ...all, name: "EdDSA signatures checked, in the thread pool", value: together },
      { name: "8 KiB written and synced, median", unit: "ms", value: sync, of: syncs },
    ],
    wrong: [],
  };
}

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const message = Buffer.alloc(250, "ticket");
const signature = sign(null, message, privateKey);

function verifyOneByOne(): number {
  const beganAt = performance.now();
  for (let at = 0; at < verifications; at += 1) verify(null, message, publicKey, signature);
  return verifications / ((performance.now() - beganAt) / 1_000);
}

async function verifyTogether(): Promise<number> {
  const verifyLater = () =>
    new Promise<void>((resolve, reject) => {
      verify(null, message, publicKey, signature, (error) => (error ? reject(error) : resolve()));
    });
  const beganAt = performance.now();
  let left = verifications;
  const caller = async () => {
    while (left-- > 0) await verifyLater();
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return verifications / ((performance.now() - beganAt) / 1_000);
}

async function syncToDisk(path: string): Promise<number> {
  await using file = await open(path, "w");
  const page = Buffer.alloc(8_192, 1);
  const took: number[] = [];
  for (let at = 0; at < syncs; at += 1) {
    const beganAt = performance.now();
    await file.write(page, 0, page.length, at * page.length);
    await file.datasync();
    took.push(performance.now() - beganAt);
  }
  return spreadOf(took).median;
}
