import { isObject, type Json, type JsonObject, objectAt, pointerKeys } from "./document.ts";

const shared = "common.yaml";
type Home = "document" | "shared";
type Components = Record<string, Record<string, Json>>;

/**
 * Copies what `document` uses of the shared document into its own components, so that it stands alone. A component
 * that only refers to the shared one of the same name is replaced by it.
 * @throws TypeError on a name that both define, and on a reference to nothing or to another file.
 */
export function bundle(document: JsonObject, common: JsonObject): JsonObject {
  const taken = new Map<string, Json>();
  const rewritten = localize(document, "document", take);
  const components = ownComponents(objectAt(rewritten, "components"));
  for (const [ref, value] of [...taken].sort(byRef)) addShared(components, ref, value);
  return { ...rewritten, components };

  function take(ref: string): void {
    if (taken.has(ref)) return;
    taken.set(ref, null);
    taken.set(ref, localize(objectAt(common, ...pointerKeys(ref)), "shared", take));
  }
}

/** Makes every reference local, and tells of each that leads to the shared document. */
function localize(value: JsonObject, home: Home, take: (ref: string) => void): JsonObject {
  return walk(value) as JsonObject;

  function walk(at: Json): Json {
    if (Array.isArray(at)) return at.map(walk);
    if (!isObject(at)) return at;
    return Object.fromEntries(
      Object.entries(at).map(([key, item]) => [key, key === "$ref" ? localRef(item) : walk(item)]),
    );
  }

  function localRef(ref: Json): Json {
    if (typeof ref !== "string") throw new TypeError("a $ref is not a string");
    const local = ref.startsWith(`${shared}#`) ? ref.slice(shared.length) : ref;
    if (home === "shared" || local !== ref) take(local);
    return local;
  }
}

function ownComponents(components: JsonObject): Components {
  const kinds = Object.keys(components).map((kind) => {
    const members = Object.entries(objectAt(components, kind));
    return [kind, Object.fromEntries(members.filter(([name, at]) => !isAlias(kind, name, at)))];
  });
  return Object.fromEntries(kinds);
}

function isAlias(kind: string, name: string, at: Json): boolean {
  return isObject(at) && at.$ref === `#/components/${kind}/${name}`;
}

function addShared(components: Components, ref: string, value: Json): void {
  const [, kind = "", name = ""] = pointerKeys(ref);
  components[kind] ??= {};
  if (name in components[kind]) throw new TypeError(`${ref} is defined in both documents`);
  components[kind][name] = value;
}

function byRef([a]: [string, Json], [b]: [string, Json]): number {
  return a < b ? -1 : 1;
}
