import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { errorCodes } from "../../generated/error-codes.ts";
import { type Body, bodies, codeOf, contract, documents, errorExamples } from "./documents.ts";

const ajv = new Ajv2020({ allErrors: true, strict: true });
addFormats.default(ajv);
ajv.addKeyword("x-personal-data");
// Compiled inside their documents, so what surrounds the schemas must be known to strict mode.
ajv.addVocabulary([...new Set(documents.flatMap(([, document]) => Object.keys(document)))]);
for (const [name, document] of documents) ajv.addSchema({ ...document, $id: name });

const titleOf = ({ operation, status, media }: Body) =>
  `${operation} ${status ?? "request"} ${media}`;

describe("every body has examples, and each obeys its schema", () => {
  test.each(bodies.map((body) => [titleOf(body), body] as const))("%s", (_title, body) => {
    const schema = JSON.parse(JSON.stringify(body.schema).replaceAll('"#/', `"${body.document}#/`));
    const validate = ajv.compile(schema);
    expect(body.examples.length).toBeGreaterThan(0);
    for (const [name, value] of body.examples) {
      expect({ name, isValid: validate(value), errors: validate.errors }).toEqual({
        name,
        isValid: true,
        errors: null,
      });
    }
  });
});

// What each operation can answer. An example that goes missing, or a new one, must be meant.
const service = "401 service_ticket_missing, 401 service_ticket_invalid";
const user = "401 user_ticket_missing, 401 user_ticket_invalid";
const always = "405 method_not_allowed, 500 internal_error";
const withBody = "408 request_timeout, 413 body_too_large, 415 unsupported_media_type";
const called = "429 rate_limited, 503 auth_unavailable, 403 source_forbidden";
const connected = `400 bad_request, ${service}, ${called}, 503 unavailable, ${withBody}, ${always}`;

const operator = `${service}, ${user}, 503 auth_unavailable, 403 source_forbidden, 403 role_required`;
const look = `400 bad_request, ${operator}, 503 unavailable, ${always}`;
const act = `${look}, 409 idempotency_conflict, ${withBody}`;

const answeredErrors = {
  getStatus: `400 bad_request, ${service}, ${user}, ${called}, 503 unavailable, ${always}`,
  deleteData: `400 bad_request, 400 request_id_missing, 400 category_missing, 400 category_unknown,
    409 request_id_conflict, 409 delete_denied, 503 enqueue_failed, 503 identity_unavailable,
    ${service}, ${user}, ${called}, ${withBody}, ${always}`,
  submitExport: `400 bad_request, 400 request_id_missing, ${service}, ${user}, ${called}, 403 user_mismatch,
    503 unavailable, 503 identity_unavailable, ${always}`,
  getExportStatus: `400 bad_request, 404 job_not_found, ${service}, ${user}, ${called}, 403 user_mismatch,
    503 unavailable, ${always}`,
  downloadExport: `400 bad_request, 404 job_not_found, 409 archive_not_ready, 410 export_expired, ${service},
    ${user}, ${called}, 503 unavailable, ${withBody}, ${always}`,
  getArchive: `404 not_found, 410 export_expired, 416 range_not_satisfiable, 503 unavailable, ${always}`,
  uploadExportFile: `400 bad_request, 400 filename_invalid, 400 digest_mismatch, 404 not_found, 409 part_closed,
    409 too_many_files, 507 storage_full, ${service}, ${called}, 503 unavailable, 408 request_timeout,
    413 body_too_large, ${always}`,
  setExportStatus: `400 bad_request, 403 service_mismatch, 404 not_found, 409 file_missing, 409 part_closed,
    ${service}, ${called}, 503 unavailable, ${withBody}, ${always}`,
  setDataStatus: `400 bad_request, 400 category_unknown, 403 service_mismatch, 409 stale_deletion,
    ${service}, ${called}, 503 unavailable, ${withBody}, ${always}`,
  listDeletions: look,
  getDeletion: `404 not_found, ${look}`,
  createDeletion: `400 category_unknown, 409 delete_denied, 503 identity_unavailable, ${act}`,
  retryDeletion: `404 not_found, 409 nothing_to_retry, 409 category_open, 409 snapshot_gone,
    409 delete_denied, ${act}`,
  cancelDeletion: `404 not_found, 409 already_started, 409 already_closed, ${act}`,
  resolveDeletion: `404 not_found, 409 already_closed, ${act}`,
  listExports: look,
  getExport: `404 not_found, ${look}`,
  retryExport: `404 not_found, 409 nothing_to_retry, 409 export_running, 409 snapshot_gone, ${act}`,
  listStuck: look,
  listServices: look,
  pauseService: `404 not_found, ${act}`,
  resumeService: `404 not_found, ${act}`,
  checkService: `404 not_found, ${act}`,
  listHolds: look,
  placeHold: `400 category_unknown, ${act}`,
  releaseHold: `404 not_found, ${look}`,
  getJwks: always,
  getLiveness: always,
  getReadiness: `${always}, 503 unavailable`,
  getMetrics: always,
  getOpenapi: always,
  getDocs: always,
  getDocsAsset: `404 not_found, ${always}`,
  unrouted: "404 not_found",
  serviceStatus: connected,
  serviceDelete: `${connected}, 409 delete_denied`,
  serviceExport: `${connected}, 409 delete_denied`,
  storeExportFile: `400 bad_request, 404 not_found, ${service}, ${called}, 503 unavailable, 408 request_timeout,
    413 body_too_large, ${always}`,
  finishExport: `404 not_found, ${connected}`,
  notifyExport: `404 not_found, ${service}, ${called}, 503 unavailable, ${always}`,
  resolveIdentity: `400 bad_request, 404 not_found, ${service}, ${called}, 503 unavailable, ${withBody}, ${always}`,
};

test("every operation shows each error that it can answer, and no other", () => {
  const shown: Record<string, Set<string>> = {};
  for (const { operation, status, value } of errorExamples) {
    shown[operation] ??= new Set();
    shown[operation].add(`${status} ${codeOf(value)}`);
  }
  const expected = Object.entries(answeredErrors).map(([operation, list]) => [
    operation,
    new Set(list.split(/,\s+/)),
  ]);
  expect(shown).toEqual(Object.fromEntries(expected));
});

describe("an error example says what the table says of its code", () => {
  const rows = errorExamples.map((row) => [`${titleOf(row)} ${row.name}`, row] as const);
  test.each(rows.filter(([, { value }]) => !isBareDenial(value)))("%s", (_title, example) => {
    const code = codeOf(example.value);
    const entry = errorCodes[code as keyof typeof errorCodes];
    const isPortal = example.media === "application/json";
    expect(example.name).toBe(code);
    expect(String(entry.status)).toBe(example.status);
    expect(entry.usedIn).toContain(isPortal ? "portal" : "problem");
    expect(example.value).toMatchObject(
      isPortal
        ? { status: "error", errors: [{ code, message: entry.title }] }
        : { title: entry.title, status: entry.status, code },
    );
  });
});

/** The short form of a refusal, which services sent before there were problem documents. */
function isBareDenial(value: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify({ code: "delete_denied", reason: "debt" });
}

test("the error format of an operation decides the media type of its errors", () => {
  const formats = new Map(
    documents.flatMap(([, { paths }]) =>
      Object.values(paths as Record<string, Record<string, Record<string, string>>>).flatMap(
        (item) => Object.values(item).map((at) => [at.operationId, at["x-error-format"]] as const),
      ),
    ),
  );
  for (const { operation, media, value } of errorExamples) {
    if (isBareDenial(value)) continue;
    const isPortal = formats.get(operation) === "portal";
    expect([operation, media]).toEqual([
      operation,
      isPortal ? "application/json" : "application/problem+json",
    ]);
  }
});

test("all documents bear one version", () => {
  const versions = documents.map(([, { info }]) => (info as { version: string }).version);
  expect(new Set(versions)).toEqual(new Set([contract.version.split("+")[0]]));
});
