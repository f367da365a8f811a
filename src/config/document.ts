import { LineCounter, parseDocument, type YAMLError } from "yaml";

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
  const faults = problems.map((problem) => describe(problem, label, lineCounter));
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return { faults };
  try {
    return { value: document.toJS(), faults };
  } catch (error) {
    // An alias without its anchor, or so many aliases that the document would explode.
    return { faults: [...faults, `${label}: ${(error as Error).message}`] };
  }
}

function describe({ code, message, pos }: YAMLError, label: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(pos[0]);
  const what = code === "DUPLICATE_KEY" ? "this key stands here for the second time" : message;
  return `${label} line ${line}, column ${col}: ${what}`;
}
