// node scripts/own-lines.ts FOLDER…: how many lines of code a service has of its own, without blank lines and comments.
// Code is TypeScript, JavaScript, SQL and shell; tests are counted for themselves.
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";

/** Lines of code of one folder. */
export interface OwnLines {
  service: number;
  tests: number;
}

const code = "**/*.{ts,tsx,mts,js,jsx,mjs,cjs,sql,sh}";
const notOwn = /(^|\/)(node_modules|dist|\.next)(\/|$)|(^|\/)next-env\.d\.ts$/;
const ofTests = /(^|\/)tests?\/|\.test\.\w+$/;

/** Counts the code below a folder that is its own: neither installed nor built. */
export function countOwnLines(folder: string): OwnLines {
  const lines = { service: 0, tests: 0 };
  for (const path of globSync(code, { cwd: folder, exclude: (name) => notOwn.test(name) })) {
    if (notOwn.test(path)) continue;
    const count = countLines(path, readFileSync(join(folder, path), "utf8"));
    lines[ofTests.test(path) ? "tests" : "service"] += count;
  }
  return lines;
}

/** Lines on which there is something other than space and comments. */
export function countLines(path: string, text: string): number {
  const lines = withoutCommentsOf(path, text).split("\n");
  return lines.filter((line) => line.trim() !== "").length;
}

function withoutCommentsOf(path: string, text: string): string {
  if (path.endsWith(".sql")) return withoutSqlComments(text);
  if (path.endsWith(".sh")) return text.replace(/^\s*#.*$/gm, "");
  return withoutComments(text);
}

function withoutSqlComments(text: string): string {
  return text.replace(/--.*$/gm, "").replace(/\/\*.*?\*\//gs, "");
}

function withoutComments(text: string): string {
  const file = ts.createSourceFile("a.tsx", text, ts.ScriptTarget.Latest, true);
  const ranges = new Map<number, number>();
  const visit = (node: ts.Node): void => {
    for (const comment of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [])
      ranges.set(comment.pos, comment.end);
    for (const comment of ts.getTrailingCommentRanges(text, node.getEnd()) ?? [])
      ranges.set(comment.pos, comment.end);
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  let bare = text;
  for (const [start, end] of [...ranges].sort(([a], [b]) => b - a)) {
    bare = bare.slice(0, start) + bare.slice(start, end).replace(/[^\n]/g, "") + bare.slice(end);
  }
  return bare;
}

if (import.meta.main) {
  for (const folder of process.argv.slice(2)) {
    const { service, tests } = countOwnLines(folder);
    console.log(`${basename(folder)}: ${service} lines, and ${tests} of tests`);
  }
}
