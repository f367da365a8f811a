/** A member of a JSON object: where it lies in the text, from its name to the end of its value. */
interface Member {
  readonly name: string;
  /** The value's JSON, as it stands. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Takes members out of the object that a JSON text is, and leaves every other byte as it is: each takes
 * one neighbouring comma with its blanks along. Deeper members of the same name stay.
 * @param text - valid JSON; one that is no object is given back whole.
 * @returns what is left, and the JSON of each value taken; of several of one name, the last.
 */
export function cutMembers(
  text: string,
  names: readonly string[],
): { rest: string; values: ReadonlyMap<string, string> } {
  const members = listMembers(text);
  const [first, last] = [members[0], members.at(-1)];
  const taken = members.filter(({ name }) => names.includes(name));
  const values = new Map(taken.map(({ name, value }) => [name, value]));
  if (!first || !last || taken.length === 0) return { rest: text, values };
  let rest = text.slice(0, first.start);
  let isFirst = true;
  for (const [index, { name, start, end }] of members.entries()) {
    if (names.includes(name)) continue;
    const gap = text.slice(members[index - 1]?.end ?? start, start);
    rest += (isFirst ? "" : gap) + text.slice(start, end);
    isFirst = false;
  }
  return { rest: rest + text.slice(last.end), values };
}

function listMembers(text: string): Member[] {
  const members: Member[] = [];
  let at = skip(text, 0, blanks);
  if (text[at] !== "{") return members;
  for (;;) {
    const start = skip(text, at + 1, blanks);
    if (text[start] !== '"') return members;
    const nameEnd = skip(text, start, string);
    const valueStart = skip(text, skip(text, nameEnd, blanks) + 1, blanks);
    const end = endOfValue(text, valueStart);
    const name = JSON.parse(text.slice(start, nameEnd)) as string;
    members.push({ name, value: text.slice(valueStart, end), start, end });
    at = skip(text, end, blanks);
    if (text[at] !== ",") return members;
  }
}

const blanks = /[ \t\n\r]*/y;
const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const scalar = /[^ \t\n\r,}\]]+/y;
const noBracket = /[^"{}[\]]*/y;

function endOfValue(text: string, start: number): number {
  const opening = text[start];
  if (opening === '"') return skip(text, start, string);
  if (opening !== "{" && opening !== "[") return skip(text, start, scalar);
  let at = start;
  let depth = 0;
  do {
    const char = text[at];
    if (char === '"') at = skip(text, at, string);
    else {
      depth += char === "{" || char === "[" ? 1 : -1;
      at += 1;
    }
    if (depth > 0) at = skip(text, at, noBracket);
  } while (depth > 0);
  return at;
}

/** Where the pattern, which begins at `at`, ends. */
function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  if (!pattern.test(text)) throw new SyntaxError("the task's text is not JSON");
  return pattern.lastIndex;
}
