// How long a service is: node test/sdk/count-code.ts <files…> prints lines that are neither blank nor comment.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Lines of code; blank ones and those with nothing but a comment are not counted. */
export function countCode(text: string): number {
  const withoutBlocks = text.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, "");
  return withoutBlocks.split("\n").filter((line) => !/^\s*(\/\/.*|#.*)?$/.test(line)).length;
}

/** Each file's lines, and their sum. */
export function countFiles(files: readonly string[]): { lines: number; each: string } {
  const counts = files.map((file) => ({ file, lines: countCode(readFileSync(file, "utf8")) }));
  return {
    lines: counts.reduce((sum, { lines }) => sum + lines, 0),
    each: counts.map(({ file, lines }) => `${basename(file)} ${lines}`).join(", "),
  };
}

if (import.meta.main) {
  const { lines, each } = countFiles(process.argv.slice(2));
  console.log(`${lines}: ${each}`);
}
