/** One thing wrong with the configuration. An empty path means the whole document. */
export interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Writes a fault as one line, `services.realty.after[0]: what is wrong`. */
export function formatFault({ path, message }: Fault): string {
  return `${formatPath(path)}: ${message}`;
}

function formatPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return "the configuration";
  return path.map(formatSegment).join("").replace(/^\./, "");
}

function formatSegment(segment: string | number): string {
  if (typeof segment === "number") return `[${segment}]`;
  return /^[\w-]+$/.test(segment) ? `.${segment}` : `[${quote(segment)}]`;
}

const longestQuote = 60;

/** Shows a value inside a message: one line, bounded, so that a whole document cannot end up in a log. */
export function quote(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}
