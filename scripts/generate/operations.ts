import type { Contract } from "./contract.ts";
import { type Json, type JsonObject, objectAt } from "./document.ts";

const methods = ["delete", "get", "patch", "post", "put"] as const;

export interface Operation {
  readonly id: string;
  readonly method: (typeof methods)[number];
  readonly path: string;
  /** The operation object of the document. */
  readonly source: JsonObject;
}

/** Every operation of a document, in its order. */
export function listOperations(document: JsonObject): Operation[] {
  const paths = objectAt(document, "paths");
  return Object.keys(paths).flatMap((path) =>
    methods.flatMap((method) => {
      const item = objectAt(paths, path);
      if (!(method in item)) return [];
      const source = objectAt(item, method);
      return [{ id: textOf(source, "operationId"), method, path, source }];
    }),
  );
}

/** The text of `generated/operations.ts`. */
export function renderOperations({ version, documents }: Contract): string {
  return `/** The contract's version and a short hash of its text. */
export const contractVersion = ${JSON.stringify(version)};

export interface Operation {
  readonly id: string;
  readonly method: ${methods.map((method) => JSON.stringify(method)).join(" | ")};
  /** As the contract writes it; parameters as \`{name}\`. Served with and without a trailing slash. */
  readonly path: string;
  readonly audience: "portal" | "service" | "operator" | "public";
  readonly errorFormat: "portal" | "problem";
  /** The right that a portal client needs. */
  readonly right: "status" | "delete" | "export" | null;
  /** The role that an operator needs; null where the operation is not one of the admin API. */
  readonly role: "viewer" | "operator" | null;
  readonly userTicket: "required" | "optional" | "none";
  /** Whether the operation takes a JSON body. */
  readonly body: boolean;
  /** Whether it takes a body that is streamed: of any media type, and as long as it comes. */
  readonly upload: boolean;
}

/** What the hub serves. */
export const operations = ${table(documents.hub)} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;

/** What a connected service serves. */
export const connectedOperations = ${table(documents["connected-service"])} as const satisfies Record<string, Operation>;

export type ConnectedOperationId = keyof typeof connectedOperations;
`;
}

function table(document: JsonObject): string {
  const rows = listOperations(document).map(
    (operation) => `  ${operation.id}: ${row(operation)},\n`,
  );
  return `{\n${rows.join("")}}`;
}

function row({ id, method, path, source }: Operation): string {
  const values: Record<string, Json> = {
    id,
    method,
    path,
    audience: textOf(source, "x-audience"),
    errorFormat: textOf(source, "x-error-format"),
    right: source["x-right"] === null ? null : textOf(source, "x-right"),
    role: "x-role" in source ? textOf(source, "x-role") : null,
    userTicket: textOf(source, "x-user-ticket"),
    body: takesJson(source),
    upload: "requestBody" in source && !takesJson(source),
  };
  const fields = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${fields.join(", ")} }`;
}

/** Whether the body is JSON; one of another media type is streamed. */
export function takesJson(source: JsonObject): boolean {
  if (!("requestBody" in source)) return false;
  return "application/json" in objectAt(source, "requestBody", "content");
}

function textOf(source: JsonObject, key: string): string {
  const value = source[key];
  if (typeof value !== "string") throw new TypeError(`${key} is missing`);
  return value;
}
