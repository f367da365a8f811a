import { type Document, isScalar, LineCounter, parseDocument, visit, type YAMLError } from "yaml";

/** What a YAML text says; `value` is absent where the text cannot be read as YAML at all. */
export interface ParsedDocument {
  readonly value?: unknown;
  readonly faults: readonly string[];
}

/**
 * Reads YAML 1.2. A duplicate key leaves a readable document, so the other checks may go on beside it.
 *
 * @param label - what to call the text in a fault, usually the file's name.
 */
export function parseYaml(text: string, label: string): ParsedDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings];
  const faults = [
    ...problems.map((problem) => describe(problem, label, lineCounter)),
    ...findMisreadKeys(document, label, lineCounter),
  ];
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return { faults };
  try {
    return { value: document.toJS(), faults };
  } catch (error) {
    // An alias without its anchor, or so many aliases that the document would explode.
    return { faults: [...faults, `${label}: ${(error as Error).message}`] };
  }
}

/** A key that is a number loses what a number cannot bear, such as its last digits: then it is another login. */
function findMisreadKeys(document: Document, label: string, lines: LineCounter): string[] {
  const faults: string[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || typeof key.value !== "number") return;
      const [source, read] = [key.source ?? "", String(key.value)];
      if (source === read) return;
      const { line, col } = lines.linePos(key.range?.[0] ?? 0);
      const what = `${source} would be read as ${read}; write it in quotes`;
      faults.push(`${label} line ${line}, column ${col}: ${what}`);
    },
  });
  return faults;
}

function describe({ code, message, pos }: YAMLError, label: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(pos[0]);
  const what = code === "DUPLICATE_KEY" ? "this key stands here for the second time" : message;
  return `${label} line ${line}, column ${col}: ${what}`;
}
