import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readFacts } from "../architecture/imports.ts";

const root = join(import.meta.dirname, "..", "..");

/** What a part of the package imports at run time, its own files followed. */
function importsOf(entry: string): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const { reaches } = readFacts(file, readFileSync(join(root, file), "utf8"));
    for (const { target, typeOnly } of reaches) {
      if (typeOnly) continue;
      if (/^(sdk|generated)\//.test(target)) visit(target);
      else packages.add(target);
    }
  };
  visit(entry);
  return [...packages].sort();
}

test.each([
  ["sdk/src/index.ts", ["jose", "openapi-fetch"]],
  ["sdk/src/service.ts", ["jose", "openapi-fetch"]],
  ["sdk/src/tickets.ts", ["jose"]],
  ["sdk/src/node.ts", []],
  ["sdk/src/postgres.ts", ["graphile-worker"]],
  // Imported only by a hub that is to listen on a port.
  ["sdk/src/testing.ts", ["jose", "node:http"]],
])("%s needs %j and nothing else", (entry, needed) => {
  expect(importsOf(entry)).toEqual(needed);
});

test("only conformance and a listening test hub need modules of Node", () => {
  const parts = ["index", "service", "tickets", "node", "postgres"];
  const needing = parts.filter((part) => importsOf(`sdk/src/${part}.ts`).some(isBuiltin));
  expect(needing).toEqual([]);
});

const program = (url: (part: string) => string) => `
import { isBuiltin, registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    if (isBuiltin(specifier)) throw new Error("imports " + specifier);
    return next(specifier, context);
  },
});
const print = console.log;
// Node's own fetch needs some of them.
for (const name of ["process", "Buffer", "setImmediate", "clearImmediate", "global"]) {
  const own = globalThis[name];
  const isNode = () => /\\(?node:/.test(new Error().stack.split("\\n")[3]);
  Object.defineProperty(globalThis, name, { get: () => (isNode() ? own : undefined) });
}
if (typeof Buffer !== "undefined") throw new Error("is still there");
const { category, createTakeoutService, erased, exportItem, files } = await import("${url("service")}");
const { createFakeHub, createMemoryStore } = await import("${url("testing")}");
await import("${url("index")}");
await import("${url("tickets")}");
await import("${url("node")}");
const hub = await createFakeHub({ service: "realty" });
const takeout = createTakeoutService({
  ...hub.serviceOptions,
  store: createMemoryStore(),
  categories: [category("1", { status: async () => "empty", delete: async () => erased() })],
  exports: [exportItem("rows", async () => files({ name: "rows", content: () => new Blob(["rows"]).stream() }))],
});
await takeout.start();
hub.connect(takeout);
const deletion = await hub.delete({ uids: ["4001"] }, ["1"]);
const [part] = await deletion.ended();
const job = await (await hub.export({ uids: ["4001"] }, ["1"])).ended();
await takeout.close();
print(JSON.stringify([part.state, job.state, job.text("rows")]));
`;

test("a service runs, deletes and exports where there are no modules and no globals of Node", async () => {
  const url = (part: string) => pathToFileURL(join(root, "sdk", "src", `${part}.ts`)).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program(url)],
    { cwd: root },
  );
  expect(JSON.parse(stdout)).toEqual(["deleted", "exported", "rows"]);
});
