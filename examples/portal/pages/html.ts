import type { html } from "hono/html";

/** Markup in which everything from outside is escaped. */
export type Html = ReturnType<typeof html>;

/** “1 row”, “2 rows”. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Anything as a part of an element's id. */
export function toId(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) => `_${character.charCodeAt(0).toString(16)}`);
}
