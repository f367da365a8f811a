import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawStateDiagram } from "../scripts/state-diagram.ts";
import { readConfigFile } from "../src/config/read-config.ts";
import { architectureRooms } from "./support/readme-rooms.ts";
import { createClient } from "./support/tickets.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the state diagram of a part is the one that the table of transitions draws", () => {
  const shown = /```mermaid\n(stateDiagram-v2[\s\S]*?)\n```/.exec(readme)?.[1];
  expect(shown).toBe(drawStateDiagram());
});

test("every room of the source has its row in the table of rooms", () => {
  for (const room of architectureRooms()) expect(readme).toContain(`| \`${room}\` |`);
});

test("the configuration that it shows is accepted, and every value shown as a default is one", async () => {
  const shown = /```yaml\n(hub: [\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const bare = `
portals: { passport: { keys: ./keys/passport.jwks.json } }
categories: [{ id: "1", slug: favorites }]
services: { realty: { url: "http://127.0.0.1:4101", keys: ./keys/realty.jwks.json } }`;
  const folder = await mkdtemp(join(tmpdir(), "takeout readme "));
  await mkdir(join(folder, "keys"));
  for (const name of ["passport", "realty"]) {
    const { jwks } = await createClient(name);
    await writeFile(join(folder, "keys", `${name}.jwks.json`), JSON.stringify(jwks));
  }
  const [read, byDefault] = await Promise.all(
    [shown, bare].map(async (text, index) => {
      const file = join(folder, `${index}.yaml`);
      await writeFile(file, text);
      return readConfigFile(file);
    }),
  );
  await rm(folder, { recursive: true });
  expect(read?.faults).toEqual([]);
  expect(read?.config).toEqual(byDefault?.config);
});

test("every npm script that the README names exists", () => {
  const { scripts } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as { scripts: Record<string, string> };
  const named = [
    ...readme.matchAll(/(?:^|`|\()npm (?:run (?:-s )?(?:--prefix \.\. )?)?([a-z:]+)/gm),
  ].map(([, name]) => name);
  expect(named).toContain("takeout");
  const missing = named.filter((name) => name && name !== "install" && !(name in scripts));
  expect(missing).toEqual([]);
});
