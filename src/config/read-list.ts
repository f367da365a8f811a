import type { Read } from "./jwk.ts";

/** What could be read of a list, and everything that is wrong with it: without messages it is whole. */
export interface ReadList<T> {
  readonly values: readonly T[];
  /** To be read after the name of the place it stands in. */
  readonly messages: readonly string[];
}

export interface EntryRules<Source, T> {
  readonly read: (source: Source) => Read<T>;
  /** What a message about an entry begins with. */
  readonly nameOf: (index: number) => string;
  /** The entry that is in use, which none of the list may be again. */
  readonly current: T | undefined;
  readonly isSame: (one: T, other: T) => boolean;
  readonly repeated: string;
}

/** Reads entries that are all different, and goes on after one that is wrong. */
export function readList<Source, T>(
  sources: readonly Source[],
  { read, nameOf, current, isSame, repeated }: EntryRules<Source, T>,
): ReadList<T> {
  const values: T[] = [];
  const messages: string[] = [];
  for (const [index, source] of sources.entries()) {
    const entry = read(source);
    const tell = (message: string) => messages.push(`${nameOf(index)}${message}`);
    if (entry.kind === "fault") {
      tell(entry.message);
      continue;
    }
    const known = current === undefined ? values : [current, ...values];
    if (known.some((one) => isSame(one, entry.value))) tell(repeated);
    values.push(entry.value);
  }
  return { values, messages };
}
