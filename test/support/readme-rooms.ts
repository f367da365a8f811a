import { readdirSync } from "node:fs";

/** The folders of `src`, as the README names them. */
export function architectureRooms(): string[] {
  const src = new URL("../../src", import.meta.url);
  return readdirSync(src, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}`);
}
