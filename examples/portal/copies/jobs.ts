import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jobPattern } from "../hub/export-answers.ts";

/** Which copy each user ordered last. */
export interface Jobs {
  find(uid: string): Promise<string | null>;
  keep(uid: string, jobId: string): Promise<void>;
}

/** In memory, and in a folder too if there is one, so that a restart forgets no copy. @param folder - `null`: none. */
export function createJobs(folder: string | null): Jobs {
  const known = new Map<string, string>();
  // A uid is digits, so it is a name of a file.
  const fileOf = (uid: string) => join(folder ?? "", "jobs", uid);
  return {
    async find(uid) {
      if (known.has(uid) || folder === null) return known.get(uid) ?? null;
      const text = await readFile(fileOf(uid), "utf8").catch(() => "");
      return jobPattern.test(text) ? text : null;
    },
    async keep(uid, jobId) {
      known.set(uid, jobId);
      if (folder === null) return;
      await mkdir(join(folder, "jobs"), { recursive: true });
      const aside = `${fileOf(uid)}.${randomUUID()}`;
      await writeFile(aside, jobId);
      await rename(aside, fileOf(uid));
    },
  };
}
