/** Gives every file of an archive a path that is safe to unpack anywhere, and no other file's. */
export interface Names {
  /** `folder/file`: always two segments, in NFC, each at most 255 bytes of UTF-8. */
  pathOf(service: string, name: string): string;
}

/** Windows and macOS count bytes or UTF-16 units; both have room for what is within this many bytes. */
const mostBytes = 255;

/** @param taken - what stands beside the folders: no folder is called so. */
export function createNames(taken: readonly string[]): Names {
  const folders = new Map<string, { folder: string; pick: (name: string) => string }>();
  const pickFolder = createPicker();
  for (const name of taken) pickFolder(name);
  return {
    pathOf(service, name) {
      const known = folders.get(service);
      const { folder, pick } = known ?? {
        folder: pickFolder(cleanName(service)),
        pick: createPicker(),
      };
      if (known === undefined) folders.set(service, { folder, pick });
      return `${folder}/${pick(cleanName(name))}`;
    },
  };
}

/** Where one name is taken, also in other capitals, the next one is `name (2).ext`. */
function createPicker(): (name: string) => string {
  const taken = new Set<string>();
  const nextOf = new Map<string, number>();
  return (name) => {
    const start = fold(name);
    let candidate = name;
    for (let number = nextOf.get(start) ?? 2; taken.has(fold(candidate)); number += 1) {
      candidate = withNumber(name, number);
      nextOf.set(start, number + 1);
    }
    taken.add(fold(candidate));
    return candidate;
  };
}

/** What Windows and macOS may take for the same name: they differ in it, so this is the coarser of both. */
function fold(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFC");
}

function withNumber(name: string, number: number): string {
  const { stem, extension } = split(name);
  const suffix = ` (${number})${extension}`;
  return `${clip(stem, mostBytes - Buffer.byteLength(suffix))}${suffix}`;
}

/** A name that every system takes as one name, in that form. Unicode stays. */
function cleanName(name: string): string {
  const plain = name
    .toWellFormed()
    .normalize("NFC")
    .replace(/[/\\:*?"<>|]/g, "_")
    // Control characters, and those that would show the rest of a name in another order.
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu, "_");
  return secure(plain);
}

/** Dots and spaces at an end are lost on Windows, and some names are devices there. */
function secure(name: string): string {
  const clipped = trimEnd(clipName(name.replace(/^\s+/, "")));
  if (clipped === "") return "unnamed";
  return isDevice(clipped) ? clipName(`_${clipped}`) : clipped;
}

function isDevice(name: string): boolean {
  return /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)\s*(\.|$)/i.test(name);
}

function clipName(name: string): string {
  if (Buffer.byteLength(name) <= mostBytes) return name;
  const { stem, extension } = split(name);
  return `${clip(stem, mostBytes - Buffer.byteLength(extension))}${extension}`;
}

/** A name without its beginning is none, and an extension is short. */
function split(name: string): { stem: string; extension: string } {
  const [extension = ""] = /(?<=.)\.[\p{L}\p{N}]{1,16}$/u.exec(name) ?? [];
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** At most so many bytes, in whole characters as people see them; never nothing. */
function clip(text: string, bytes: number): string {
  let clipped = "";
  for (const { segment } of characters.segment(text)) {
    if (Buffer.byteLength(clipped) + Buffer.byteLength(segment) > bytes) break;
    clipped += segment;
  }
  return trimEnd(clipped) || "unnamed";
}

const characters = new Intl.Segmenter("und", { granularity: "grapheme" });

function trimEnd(name: string): string {
  return name.replace(/[\s.]+$/, "");
}
