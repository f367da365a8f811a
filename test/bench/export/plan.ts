import type { Kind } from "./bytes.ts";
import type { PlannedFile } from "./tasks.ts";

/** How many services give a part of each export. */
export const services = 5;

/** Each of the services has as much of rows as of what does not become smaller. */
export function planFiles(gib: number): PlannedFile[] {
  const kinds: readonly Kind[] = ["json", "noise"];
  const bytes = Math.floor((gib * 2 ** 30) / (services * kinds.length));
  return Array.from({ length: services }, (_, index) =>
    kinds.map((kind) => {
      const name = kind === "json" ? "rows.jsonl" : "pictures.bin";
      return { service: `service-${index + 1}`, name, kind, bytes };
    }),
  ).flat();
}

/** In MB (10⁶ bytes) a second. */
export function rate(gib: number, seconds: number): number {
  return (gib * 2 ** 30) / 1e6 / seconds;
}
