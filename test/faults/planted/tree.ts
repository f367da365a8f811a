import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A line or two of the source as it should not be. */
export interface Edit {
  readonly file: string;
  /** Found exactly once, or the bug is not planted. */
  readonly text: string;
  readonly instead: string;
}

export interface Tree extends AsyncDisposable {
  readonly root: string;
}

const ownRoot = join(import.meta.dirname, "..", "..", "..");
/** What a hub process of the suite needs. */
const copied = [
  ...["src", "generated", "drizzle", "package.json"],
  ...["test/faults/hub.ts", "test/faults/seams.ts", "test/faults/sent.ts", "test/faults/logs.ts"],
  "test/support/random.ts",
];

/**
 * A copy of the source with bugs in it.
 *
 * @throws Error when a text that is to be replaced is not there: then the bug has to be written anew.
 */
export async function plantBugs(edits: readonly Edit[]): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), "takeout planted "));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(root, { recursive: true, force: true }));
  for (const path of copied) await cp(join(ownRoot, path), join(root, path), { recursive: true });
  await symlink(join(ownRoot, "node_modules"), join(root, "node_modules"), "dir");
  for (const edit of edits) await replace(join(root, edit.file), edit);
  const kept = stack.move();
  return { root, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function replace(path: string, { file, text, instead }: Edit): Promise<void> {
  const parts = (await readFile(path, "utf8")).split(text);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times what is to be replaced: ${text}`);
  }
  await writeFile(path, parts.join(instead));
}
