import type { Contract, Interface } from "./contract.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  pointerKeys,
  resolve,
} from "./document.ts";
import { listOperations, type Operation, takesJson } from "./operations.ts";

/** One schema that gets a validator. */
export interface Target {
  readonly document: Interface;
  /** Its name among the document's schemas, such as `DeleteRequest`. */
  readonly schema: string;
  /** Set where it is the request body or a query parameter of an operation. */
  readonly operation?: string;
  readonly parameter?: string;
}

/** Answers that a program of this project reads. */
const readAnswers = {
  hub: ["JsonWebKeySet"],
  "connected-service": [
    "ServiceStatusAnswer",
    "ServiceDeleteAnswer",
    "ServiceExportAnswer",
    "ServiceDenial",
  ],
  identity: ["IdentityAnswer"],
  "portal-storage": [],
} as const satisfies Record<Interface, readonly string[]>;

/** The request bodies, the query parameters of the hub, and the answers that are read. */
export function listTargets({ documents }: Contract): Target[] {
  return (Object.keys(readAnswers) as Interface[]).flatMap((document) => [
    ...listOperations(documents[document]).flatMap(({ id, source }) => [
      ...bodyTargets(document, id, source),
      ...parameterTargets(document, id, resolvedParameters(documents[document], source)),
    ]),
    ...readAnswers[document].map((schema) => ({ document, schema })),
  ]);
}

function bodyTargets(document: Interface, operation: string, source: JsonObject): Target[] {
  if (!takesJson(source)) return [];
  const media = objectAt(source, "requestBody", "content", "application/json");
  return [{ document, operation, schema: schemaName(media) }];
}

function parameterTargets(document: Interface, operation: string, all: JsonObject[]): Target[] {
  return all
    .filter((parameter) => parameter.in === "query")
    .map((at) => ({ document, operation, parameter: String(at.name), schema: schemaName(at) }));
}

function resolvedParameters(document: JsonObject, source: Operation["source"]): JsonObject[] {
  const list: Json = source.parameters ?? [];
  if (!Array.isArray(list)) throw new TypeError("parameters are not a list");
  return list.filter(isObject).map((at) => resolve(document, at));
}

/** Validators are named for their schemas, so what needs one must refer to one. */
function schemaName(holder: JsonObject): string {
  const name = pointerKeys(String(objectAt(holder, "schema").$ref)).at(-1);
  if (!name) throw new TypeError("a body or parameter has no named schema");
  return name;
}
