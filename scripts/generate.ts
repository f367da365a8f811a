import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { renderAll } from "./generate/render.ts";

// node scripts/generate.ts            writes generated/ from api/ and removes what it no longer writes
// node scripts/generate.ts --check    writes nothing; names every file that differs and exits with 1

const api = new URL("../api/", import.meta.url);
const generated = new URL("../generated/", import.meta.url);

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const wanted = await renderAll(api);
const drifted = await listDrifted(wanted);
if (values.check) report(drifted);
else await write(drifted);

async function listDrifted(files: ReadonlyMap<string, string>): Promise<string[]> {
  await mkdir(generated, { recursive: true });
  const names = new Set([...files.keys(), ...(await readdir(generated))]);
  const drifts = await Promise.all(
    [...names]
      .sort()
      .map(async (name) => ((await readGenerated(name)) === files.get(name) ? [] : [name])),
  );
  return drifts.flat();
}

async function readGenerated(name: string): Promise<string | undefined> {
  return readFile(new URL(name, generated), "utf8").catch(() => undefined);
}

async function write(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const text = wanted.get(name);
    if (text === undefined) await rm(new URL(name, generated), { recursive: true });
    else await writeFile(new URL(name, generated), text);
    console.log(`${text === undefined ? "removed" : "wrote"} generated/${name}`);
  }
}

function report(names: readonly string[]): void {
  for (const name of names) console.error(`generated/${name} differs from api/`);
  if (names.length === 0) return;
  console.error("run: node scripts/generate.ts");
  process.exitCode = 1;
}
