import { readContract } from "../../scripts/generate/contract.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  resolve,
} from "../../scripts/generate/document.ts";
import { listOperations } from "../../scripts/generate/operations.ts";

const api = new URL("../../api/", import.meta.url);
export const contract = await readContract(api);
export const documents = Object.entries(contract.documents);

/** A body that a document describes: of a request, or of an answer with its status. */
export interface Body {
  readonly document: string;
  /** The operation's id, or `unrouted`. */
  readonly operation: string;
  readonly status: string | null;
  readonly media: string;
  readonly schema: JsonObject;
  readonly examples: readonly (readonly [name: string, value: Json])[];
}

export const bodies: readonly Body[] = documents.flatMap(([name, document]) => [
  ...listOperations(document).flatMap(({ id, source }) => [
    ...("requestBody" in source
      ? listBodies(name, document, id, null, objectAt(source, "requestBody"))
      : []),
    ...answerBodies(name, document, id, objectAt(source, "responses")),
  ]),
  ...("x-unrouted" in document
    ? answerBodies(name, document, "unrouted", objectAt(document, "x-unrouted"))
    : []),
]);

/** The error answers, each with its code. */
export const errorExamples = bodies
  .filter(({ status }) => Number(status) >= 400)
  .flatMap((body) => body.examples.map(([name, value]) => ({ ...body, name, value })));

function answerBodies(name: string, document: JsonObject, id: string, responses: JsonObject) {
  return Object.keys(responses).flatMap((status) =>
    listBodies(name, document, id, status, resolve(document, objectAt(responses, status))),
  );
}

function listBodies(
  name: string,
  document: JsonObject,
  operation: string,
  status: string | null,
  holder: JsonObject,
): Body[] {
  const content = isObject(holder.content) ? holder.content : {};
  return Object.keys(content).map((media) => {
    const examples = objectAt(content, media, "examples");
    return {
      document: name,
      operation,
      status,
      media,
      schema: objectAt(content, media, "schema"),
      examples: Object.keys(examples).map((key) => {
        const value = resolve(document, objectAt(examples, key)).value;
        if (value === undefined) throw new TypeError(`example ${key} of ${operation} has no value`);
        return [key, value] as const;
      }),
    };
  });
}

/** The code that an error body bears, in either format. */
export function codeOf(value: Json): string {
  if (!isObject(value)) throw new TypeError("an error body is no object");
  const first = Array.isArray(value.errors) && value.status === "error" ? value.errors[0] : value;
  if (!isObject(first)) throw new TypeError("an error body has no entry");
  return String(first.code);
}
