/** A JSON value as YAML gives it: documents of the contract are walked as plain data. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The object under `keys`.
 * @throws TypeError when there is none: the contract is then not what the generator expects.
 */
export function objectAt(document: JsonObject, ...keys: string[]): JsonObject {
  const value = keys.reduce<Json | undefined>(
    (at, key) => (isObject(at) ? at[key] : undefined),
    document,
  );
  if (!isObject(value)) throw new TypeError(`no object at ${keys.join(" > ")}`);
  return value;
}

/**
 * Follows a local reference (`#/…`), or gives back what is none.
 * @throws TypeError when the reference leads nowhere or into another file.
 */
export function resolve(document: JsonObject, value: JsonObject): JsonObject {
  const ref = value.$ref;
  if (typeof ref !== "string") return value;
  return resolve(document, objectAt(document, ...pointerKeys(ref)));
}

/** The unescaped keys of a local reference, RFC 6901. */
export function pointerKeys(ref: string): string[] {
  if (!ref.startsWith("#/")) throw new TypeError(`not a local reference: ${ref}`);
  const keys = ref.slice(2).split("/");
  return keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
