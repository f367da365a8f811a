import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const validators = fileURLToPath(new URL("../../generated/validators.js", import.meta.url));
const program = `
  const missing = await import("ajv").then(() => "found", () => "not found");
  const { requestBodies } = await import(process.argv[1]);
  const report = { yandex_uid: "4001", category_id: "1", state: "deleted", service: "realty",
    completed_at: "2025-03-01T10:00:00Z" };
  console.log(missing, requestBodies.setDataStatus(report), requestBodies.setDataStatus({ ...report, completed_at: "2025-02-29T10:00:00Z" }));
`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "takeout-validators-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("the validators work where their compiler and its formats are not installed", async () => {
  const copy = join(folder, "validators.mjs");
  await copyFile(validators, copy);
  const args = ["--input-type=module", "--eval", program, pathToFileURL(copy).href];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  expect(stdout).toBe("not found true false\n");
});
