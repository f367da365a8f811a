import { execFile } from "node:child_process";
import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "takeout-drift-"));
  for (const name of [
    "api",
    "generated",
    "scripts/generate",
    "scripts/generate.ts",
    "package.json",
  ]) {
    await cp(join(root, name), join(copy, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"), "junction");
});

afterEach(() => rm(copy, { recursive: true }));

function generate(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const script = join(copy, "scripts/generate.ts");
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

async function readGenerated(): Promise<Record<string, string>> {
  const names = await readdir(join(copy, "generated"));
  const texts = names.map(async (name) => [
    name,
    await readFile(join(copy, "generated", name), "utf8"),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

test("what is committed in generated/ is what api/ gives", async () => {
  expect(await generate("--check")).toEqual({ code: 0, output: "" });
});

test("the check names an altered, a missing and a foreign file, and changes nothing", async () => {
  await appendFile(join(copy, "generated/hub.ts"), "\n");
  await rm(join(copy, "generated/tickets.ts"));
  await writeFile(join(copy, "generated/left-over.ts"), "");
  const before = await readGenerated();

  const { code, output } = await generate("--check");

  expect(code).toBe(1);
  expect(output.match(/^generated\/\S+/gm)).toEqual([
    "generated/hub.ts",
    "generated/left-over.ts",
    "generated/tickets.ts",
  ]);
  expect(await readGenerated()).toEqual(before);
});

test("the check is red when the contract changes, be it by a word", async () => {
  await appendFile(join(copy, "api/common.yaml"), "# a word\n");
  const { code, output } = await generate("--check");
  expect(code).toBe(1);
  expect(output).toContain("generated/operations.ts");
});

test("generating repairs every drift and removes what it does not write", async () => {
  const before = await readGenerated();
  await writeFile(join(copy, "generated/hub.ts"), "");
  await writeFile(join(copy, "generated/left-over.ts"), "");
  expect((await generate()).code).toBe(0);
  expect(await readGenerated()).toEqual(before);
});

test("every generated file says where it comes from", async () => {
  for (const text of Object.values(await readGenerated())) {
    expect(text).toMatch(
      /^(\/\/|#) Generated from api\/ by scripts\/generate\.ts\. Do not edit\.\n/,
    );
  }
});
