import { parseExactly } from "../../domain/exact-json.ts";

/** What the beginning of a file of JSON says. */
export interface Head {
  readonly value: unknown;
  /** Nothing was left out. */
  readonly isWhole: boolean;
}

/** Whether such a file can be shown at all: JSON, or JSON Lines. */
export function isReadable(name: string): boolean {
  return /\.(json|jsonl|ndjson)$/i.test(name);
}

/**
 * Reads as much as the beginning of a file says: of a file that is cut, everything up to the last comma
 * or line that is whole. Null for what is no JSON.
 *
 * @param isAll - that nothing follows.
 */
export function readHead(name: string, beginning: Uint8Array, isAll: boolean): Head | null {
  const text = new TextDecoder().decode(beginning);
  try {
    if (/\.json$/i.test(name)) {
      return isAll
        ? { value: parse(text), isWhole: true }
        : { value: parse(closeCut(text)), isWhole: false };
    }
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    const whole = isAll ? lines : lines.slice(0, -1);
    return { value: whole.map((line) => parse(line)), isWhole: isAll };
  } catch {
    return null;
  }
}

/** Numbers as the file has them: an id may have more digits than a number of JavaScript can bear. */
function parse(text: string): unknown {
  const value = parseExactly(text);
  if (value === undefined) throw new SyntaxError("no JSON");
  return value;
}

/** Cuts JSON behind its last whole value, and closes what is open there. */
function closeCut(text: string): string {
  let open = "";
  let cut = { at: 0, open: "" };
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInString) {
      if (character === "\\") at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "[") open = `]${open}`;
    else if (character === "{") open = `}${open}`;
    else if (character === "]" || character === "}") open = open.slice(1);
    else if (character === ",") cut = { at, open };
  }
  return text.slice(0, cut.at) + cut.open;
}
