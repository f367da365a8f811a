import { _, Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { type Json, type JsonObject, objectAt } from "./document.ts";

/** Keywords of ours that say something to people and tests, not to a validator. */
const annotations = ["x-personal-data"];
const codeOf = standalone as unknown as (ajv: Ajv2020, refs: Record<string, string>) => string;

export interface CompileOptions {
  /** Look for every fault, or stop at the first. */
  readonly allErrors: boolean;
}

/**
 * The body of a function that puts a validator for each named schema of `document` on `exports`. It expects
 * `formats` and `lengthOf` of `runtime.js` in scope, and nothing else.
 * @throws Error where a schema is not strict, or the compiler would import something.
 */
export function compile(document: JsonObject, names: string[], options: CompileOptions): string {
  const ajv = new Ajv2020({
    ...options,
    strict: true,
    code: { source: true, lines: true, formats: _`formats` },
    formats: { "date-time": () => true },
  });
  for (const keyword of annotations) ajv.addKeyword(keyword);
  ajv.addSchema({ $id: "contract", $defs: toDefs(objectAt(document, "components", "schemas")) });
  for (const name of names) ajv.addSchema({ $id: name, $ref: `contract#/$defs/${name}` });
  const code = codeOf(ajv, Object.fromEntries(names.map((name) => [name, name])));
  return withoutImports(code);
}

function toDefs(schemas: JsonObject): Json {
  return JSON.parse(JSON.stringify(schemas).replaceAll('"#/components/schemas/', '"#/$defs/'));
}

function withoutImports(code: string): string {
  const own = code.replaceAll('require("ajv/dist/runtime/ucs2length").default', "lengthOf");
  const rest = /require\([^)]*\)/.exec(own);
  if (rest) throw new Error(`the validators would need ${rest[0]}`);
  return own;
}
