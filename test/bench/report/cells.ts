import type { Spread } from "../statistics.ts";

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A table of Markdown; the first column is text, the others are figures unless they are named here. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly string[] = [],
): string[] {
  const rule = head.map((name, at) => (at === 0 || texts.includes(name) ? "---" : "---:"));
  return [row(head), row(rule), ...rows.map(row), ""];
}

export function whole(figure: number): string {
  return Math.round(figure).toLocaleString("en");
}

/** Two figures that count, but never fewer than stand before the point. */
export function short(figure: number): string {
  if (Math.abs(figure) >= 100) return whole(figure);
  return Math.abs(figure) >= 10 ? figure.toFixed(1) : figure.toFixed(2);
}

export function spread({ median, min, max }: Spread, show = short): string {
  return `${show(median)} (${show(min)} to ${show(max)})`;
}

export function times(ratio: Spread): string {
  return `×${spread(ratio)}`;
}
