import { expect, test } from "vitest";
import { documents } from "./documents.ts";
import { listSchemas } from "./schemas.ts";

const visited = documents.flatMap(([name, document]) =>
  listSchemas(document).map(({ path, schema }) => ({ path: `${name}: ${path}`, schema })),
);

// The generator, the types and the tests know these. A new one must be looked at in all three.
test("the contract uses only the schema keywords that everything behind it understands", () => {
  expect([...new Set(visited.flatMap(({ schema }) => Object.keys(schema)))].sort()).toEqual([
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "description",
    "enum",
    "examples",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
    "x-personal-data",
  ]);
});

test("date-time is the only format, because the validators bring their own check of it", () => {
  const formats = visited.flatMap(({ schema }) => (schema.format ? [schema.format] : []));
  expect(new Set(formats)).toEqual(new Set(["date-time"]));
});

test("only bodies that the hub receives refuse unknown fields", () => {
  const closed = visited.filter(({ schema }) => "additionalProperties" in schema);
  expect(closed.map(({ path, schema }) => [path, schema.additionalProperties])).toEqual([
    ["hub: DeleteRequest", false],
    ["hub: SetDataStatusRequest", false],
    ["hub: ReportedError", false],
    ["hub: DownloadExportRequest", false],
    ["hub: SetExportStatusRequest", false],
    ["hub: ReportedFile", false],
    ["hub: ActRequest", false],
    ["hub: CreateDeletionRequest", false],
    ["hub: ResolveRequest", false],
    ["hub: HoldRequest", false],
  ]);
});
