type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Reads JSON with every number as the digits that stand in the text: an id may have more of them than a number
 * of JavaScript can bear. Source: RFC 8259, section 6; JSON.parse source text access of ECMAScript.
 *
 * @returns `undefined` where the text is no JSON.
 */
export function parseExactly(text: string): unknown {
  const keepDigits: Reviver = (_, value, { source }) =>
    typeof value === "number" ? source : value;
  try {
    return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}
