import type { WorkChange } from "./store.ts";

/** Where work waits for its turn, each with room of its own: neither hours of work nor uploads hold up the rest. */
export const places = ["run", "export", "report"] as const;

export type Place = (typeof places)[number];

/** What the key of an export looks like, in JavaScript and in PostgreSQL; an earlier version left some without a service. */
export const exportKeyPattern = "^([^ ]+: )?export ";

const exportKey = new RegExp(exportKeyPattern);

/** An export may upload for an hour: a deletion must not wait for it. */
export function placeOf(key: string, lane: WorkChange["lane"]): Place {
  return lane === "run" && exportKey.test(key) ? "export" : lane;
}
