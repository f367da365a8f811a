import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawStateDiagram } from "../scripts/state-diagram.ts";
import { architectureRooms } from "./support/readme-rooms.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the state diagram of a part is the one that the table of transitions draws", () => {
  const shown = /```mermaid\n(stateDiagram-v2[\s\S]*?)\n```/.exec(readme)?.[1];
  expect(shown).toBe(drawStateDiagram());
});

test("every room of the source has its row in the table of rooms", () => {
  for (const room of architectureRooms()) expect(readme).toContain(`| \`${room}\` |`);
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
