import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findViolations } from "./architecture/rooms.ts";

const root = join(import.meta.dirname, "..");

function ownSources(): ReadonlyMap<string, string> {
  const patterns = [
    "src/**/*.ts",
    "sdk/src/**/*.ts",
    "examples/*/**/*.ts",
    "generated/**/*.{ts,js}",
  ];
  const names = globSync(patterns, { cwd: root, exclude: ["**/node_modules/**", "**/test/**"] });
  return new Map(names.map((name) => [name, readFileSync(join(root, name), "utf8")]));
}

test("every file keeps to the imports and globals of its room", () => {
  const sources = ownSources();
  expect(sources.size).toBeGreaterThan(20);
  expect(findViolations(sources)).toEqual([]);
});

test.each([
  ["src/domain/a.ts", 'import { x } from "../../generated/tickets.ts";'],
  ["src/domain/a.ts", 'import { db } from "../store/connect.ts";'],
  ["src/domain/a.ts", 'import { randomUUID } from "node:crypto";'],
  ["src/domain/a.ts", "export const now = () => Date.now();"],
  ["src/domain/a.ts", "export const now = () => new Date();"],
  ["src/flows/a.ts", 'import type { Context } from "hono";'],
  ["src/flows/a.ts", 'import { app } from "../http/app.ts";'],
  ["src/flows/a.ts", 'import { readConfig } from "../config.ts";'],
  ["src/store/a.ts", 'export { f } from "../flows/f.ts";'],
  ["src/http/a.ts", 'const store = await import("../store/connect.ts");'],
  ["src/http/a.ts", 'import { eq } from "drizzle-orm";'],
  ["src/http/a.ts", "const port = process.env.PORT;"],
  ["src/http/a.ts", 'import { env } from "node:process";'],
  ["src/http/a.ts", 'await fetch("http://127.0.0.1");'],
  ["src/worker/a.ts", 'import { request } from "undici";'],
  ["src/context.ts", 'import { up } from "./commands/up.ts";'],
  ["src/commands/a.ts", 'import { sign } from "../../sdk/src/sign.ts";'],
  ["src/http/a.ts", 'import { x } from "takeout-sdk/service";'],
  ["src/http/a.ts", 'import { x } from "../../examples/realty/x.ts";'],
  ["src/http/a.ts", 'import { x } from "../../scripts/x.ts";'],
  ["src/attic/a.ts", 'import { x } from "../domain/x.ts";'],
  ["src/domain/index.ts", "export const x = 1;"],
  ["sdk/src/a.ts", 'import { x } from "../../src/domain/x.ts";'],
  ["sdk/src/a.ts", 'import { request } from "node:http";'],
  ["sdk/src/a.ts", 'import { x } from "./conformance/x.ts";'],
  ["sdk/src/conformance/a.ts", 'import { x } from "../../../src/domain/x.ts";'],
  ["examples/realty/a.ts", 'import { x } from "../../generated/tickets.ts";'],
  ["generated/a.ts", 'import { x } from "../src/domain/x.ts";'],
])("is noticed: %s with %s", (file, text) => {
  expect(findViolations(new Map([[file, text]]))).toHaveLength(1);
});

test.each([
  ["src/domain/a.ts", 'import type { X } from "../../generated/hub.ts";'],
  [
    "src/domain/a.ts",
    'import { type X } from "../../generated/hub.ts"; import { y } from "./y.ts";',
  ],
  ["src/domain/a.ts", "export const at = (text: string) => new Date(text);"],
  ["src/flows/a.ts", 'import { claim } from "../store/claim.ts";'],
  ["src/http/a.ts", 'import { Hono } from "hono"; import { x } from "../flows/x.ts";'],
  ["src/connected/a.ts", 'import { request } from "undici";'],
  ["src/main.ts", 'import { up } from "./commands/up.ts";'],
  ["src/config/a.ts", "const port = process.env.PORT;"],
  ["sdk/src/a.ts", 'import { x } from "../../generated/tickets.ts";'],
  [
    "sdk/src/conformance/a.ts",
    'import { request } from "node:http"; import { x } from "../arguments.ts";',
  ],
])("is allowed: %s with %s", (file, text) => {
  expect(findViolations(new Map([[file, text]]))).toEqual([]);
});
