import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";
import type { OperationId } from "../../../generated/operations.ts";
import { bodies, codeOf, documents } from "../../contract/documents.ts";

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
for (const [name, document] of documents) ajv.addSchema({ ...document, $id: name });

export interface CheckedAnswer {
  readonly status: number;
  /** `null` where it is no error. */
  readonly code: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire
  readonly body: any;
  readonly headers: Headers;
}

/**
 * Reads an answer and holds it to the contract: its status, media type and code must be described for the
 * operation, its body must obey the schema, and it bears the headers that every answer bears.
 *
 * @param described - the status under which it is described, where a portal gets its errors as 200.
 */
export async function readAnswer(
  operation: OperationId | "unrouted",
  response: Response,
  described: number = response.status,
): Promise<CheckedAnswer> {
  const media = (response.headers.get("content-type") ?? "").split(";")[0];
  const text = await response.text();
  const known = bodies.filter((body) => body.document === "hub" && body.operation === operation);
  const body = known.find((one) => one.status === String(described) && one.media === media);
  const told = `${operation} ${described} ${media}: ${text.slice(0, 200)}`;
  if (!body) throw new Error(`the contract does not know this answer: ${told}`);
  const value = media?.endsWith("json") ? JSON.parse(text) : text;
  const validate = ajv.compile(
    JSON.parse(JSON.stringify(body.schema).replaceAll('"#/', `"${body.document}#/`)),
  );
  expect({ told, isValid: validate(value), errors: validate.errors }).toEqual({
    told,
    isValid: true,
    errors: null,
  });
  const isError = described >= 400;
  const code = isError ? codeOf(value) : null;
  if (isError) expect(body.examples.map(([, example]) => codeOf(example))).toContain(code);
  checkHeaders(response, described, media === "application/problem+json" ? value : null);
  return { status: response.status, code, body: value, headers: response.headers };
}

function checkHeaders(
  { headers }: Response,
  described: number,
  problem: { readonly status: number; readonly request_id: string } | null,
): void {
  expect(headers.get("x-request-id")).toMatch(/^[!-~]{1,128}$/);
  if (described >= 400) expect(headers.get("cache-control")).toBe("no-store");
  if (problem) expect(problem.request_id).toBe(headers.get("x-request-id"));
  if (problem) expect(problem.status).toBe(described);
  if (described === 503 || described === 429) expect(headers.get("retry-after")).toMatch(/^\d+$/);
}
