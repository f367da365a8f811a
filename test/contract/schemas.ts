import { isObject, type Json, type JsonObject, objectAt } from "../../scripts/generate/document.ts";

/** Keywords under which a name is followed by a schema, and under which schemas stand in a list. */
const maps = new Set(["properties"]);
const lists = new Set(["anyOf", "allOf", "oneOf"]);
const singles = new Set(["items"]);

export interface Visited {
  /** Such as `SetDataStatusRequest.error.message` or `Accounts[].uid`. */
  readonly path: string;
  readonly schema: JsonObject;
}

/** Every schema of a document's components with those inside it; references are not followed. */
export function listSchemas(document: JsonObject): Visited[] {
  const schemas = objectAt(document, "components", "schemas");
  return Object.keys(schemas).flatMap((name) => visit(name, objectAt(schemas, name)));
}

function visit(path: string, schema: JsonObject): Visited[] {
  const inner = Object.entries(schema).flatMap(([keyword, value]) =>
    children(path, keyword, value),
  );
  return [{ path, schema }, ...inner];
}

function children(path: string, keyword: string, value: Json): Visited[] {
  if (maps.has(keyword) && isObject(value)) {
    return Object.keys(value).flatMap((name) => visit(`${path}.${name}`, objectAt(value, name)));
  }
  if (lists.has(keyword) && Array.isArray(value)) {
    return value.filter(isObject).flatMap((item) => visit(path, item));
  }
  if (singles.has(keyword) && isObject(value)) return visit(`${path}[]`, value);
  return [];
}
