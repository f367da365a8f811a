type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** A number that is written again with the digits it came with; of ECMAScript's JSON.parse source text access. */
type RawJson = { rawJSON(text: string): unknown };

/**
 * Reads JSON whose numbers are written again by `JSON.stringify` just as they came, however many digits they have.
 *
 * @throws SyntaxError where the text is no JSON; RangeError where it is nested too deeply.
 */
export function parseKeepingNumbers(text: string): unknown {
  const keepRaw: Reviver = (_, value, { source }) =>
    typeof value === "number" && source !== undefined
      ? (JSON as unknown as RawJson).rawJSON(source)
      : value;
  return JSON.parse(text, keepRaw as (key: string, value: unknown) => unknown);
}

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
