import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JWK } from "jose";
import { verifyArchive } from "../../../src/archive/verify/verify-archive.ts";
import { mostMs } from "./run-task.ts";

/** Holds an archive against its manifest and the hub's signature, and lets another program read it. @returns what is wrong. */
export async function judge(hubUrl: string, path: string, files: number): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(`${hubUrl}/.well-known/jwks.json`, { signal });
  const { keys } = (await answer.json()) as { keys: JWK[] };
  const { problems, manifest, signature } = await verifyArchive(path, keys);
  const wrong = problems.map((problem) => `${problem.path} ${problem.what}`);
  if (signature.kind !== "good") wrong.push(`the signature is ${signature.kind}`);
  // The page is in it too.
  if (manifest?.files.length !== files + 1) wrong.push("the manifest lacks files");
  const unzip = spawnSync("unzip", ["-tqq", path], { encoding: "utf8", timeout: mostMs });
  const isMissing = unzip.error && "code" in unzip.error && unzip.error.code === "ENOENT";
  if (!isMissing && unzip.status !== 0) wrong.push(`unzip: ${unzip.stdout}${unzip.stderr}`);
  return wrong;
}

/** Where the archives of a store lie that is a folder. */
export async function archivesIn(store: string): Promise<string[]> {
  const folder = join(store, "objects", "archive");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
}
