import { describe, expect, test } from "vitest";
import * as validators from "../../generated/validators.js";
import {
  deleteAnswer,
  deleteCall,
  deleteRequest,
  denial,
  exportAnswer,
  exportCall,
  identityAnswer,
  report,
  statusAnswer,
  statusCall,
} from "./bodies.ts";

const {
  validateDeleteRequest,
  validateIdentityAnswer,
  validateRequestId,
  validateServiceDeleteAnswer,
  validateServiceDeleteRequest,
  validateServiceDenial,
  validateServiceExportAnswer,
  validateServiceExportRequest,
  validateServiceStatusAnswer,
  validateServiceStatusRequest,
  validateSetDataStatusRequest,
} = validators;

const ids = (count: number) => Array.from({ length: count }, (_, at) => `${at}`);
const accounts = (count: number) => ids(count).map((id) => ({ uid: `1${id}`, is_portal: false }));
const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth));
const plain = { yandex_uid: "4001", category_id: "1", state: "deleted", service: "realty" };
const short = { yandex_uids: [{ uid: "4001", is_portal: true }], categories: ["1"] };

function without<T extends object>(body: T, name: keyof T & string): object {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}

type Row = readonly [what: string, validate: validators.Validator<unknown>, body: unknown];

const accepted: readonly Row[] = [
  ["a delete of two categories", validateDeleteRequest, deleteRequest],
  ["a delete that names a category twice", validateDeleteRequest, { id: ["1", "1"] }],
  [
    "a delete without categories, for the hub to answer category_missing",
    validateDeleteRequest,
    {},
  ],
  ["a delete of no categories, likewise", validateDeleteRequest, { id: [] }],
  ["a delete of 100 categories", validateDeleteRequest, { id: ids(100) }],
  ["a report with the four fields of old", validateSetDataStatusRequest, plain],
  ["a report with every field", validateSetDataStatusRequest, report],
  [
    "an outcome beside a failure",
    validateSetDataStatusRequest,
    { ...report, state: "delete_failed" },
  ],
  [
    "a deletion_id that is no UUID, for the hub to answer stale_deletion",
    validateSetDataStatusRequest,
    { ...plain, deletion_id: "x" },
  ],
  ["the longest uid", validateSetDataStatusRequest, { ...plain, yandex_uid: "9".repeat(32) }],
  [
    "an error message of 4096 characters beyond the BMP",
    validateSetDataStatusRequest,
    { ...plain, error: { code: "x", message: "🗑".repeat(4096) } },
  ],
  ["a call with one account", validateServiceStatusRequest, short],
  [
    "a call with fields that are not known yet",
    validateServiceStatusRequest,
    { ...statusCall, later: nested(100) },
  ],
  [
    "a call with 1000 ids",
    validateServiceStatusRequest,
    { ...short, user_ids: ids(1000), yandex_uids: accounts(1000) },
  ],
  ["a delete call", validateServiceDeleteRequest, deleteCall],
  [
    "a delete call without a lower bound",
    validateServiceDeleteRequest,
    without(deleteCall, "from"),
  ],
  ["an answer by category", validateServiceStatusAnswer, statusAnswer],
  ["an answer in one word", validateServiceStatusAnswer, { data_state: "empty" }],
  ["an answer with unknown fields", validateServiceStatusAnswer, { data_state: "empty", later: 1 }],
  ["an empty result", validateServiceDeleteAnswer, {}],
  ["a result", validateServiceDeleteAnswer, deleteAnswer],
  ["an export call", validateServiceExportRequest, exportCall],
  [
    "an export call of which the portal sent no request_id",
    validateServiceExportRequest,
    without(exportCall, "request_id"),
  ],
  ["an export of nothing", validateServiceExportAnswer, { status: "no_data" }],
  ["an export of files", validateServiceExportAnswer, exportAnswer],
  ["an export of no files", validateServiceExportAnswer, { status: "ok", data: {} }],
  [
    "files with any content, and names for the hub to judge",
    validateServiceExportAnswer,
    { status: "ok", data: { "../x": null, "": 1, a: "text", b: nested(100) } },
  ],
  [
    "an export answer with unknown fields",
    validateServiceExportAnswer,
    { status: "no_data", later: 1 },
  ],
  ["a refusal", validateServiceDenial, denial],
  ["a refusal without a reason", validateServiceDenial, { code: "delete_denied" }],
  ["identifiers", validateIdentityAnswer, identityAnswer],
  ["a request_id of 128 characters", validateRequestId, "~".repeat(128)],
];

const refused: readonly Row[] = [
  ["no body", validateDeleteRequest, undefined],
  ["null", validateDeleteRequest, null],
  ["a list", validateDeleteRequest, ["1"]],
  ["a text", validateDeleteRequest, "1"],
  ["a category that is a number", validateDeleteRequest, { id: [1] }],
  ["a category that is empty", validateDeleteRequest, { id: [""] }],
  ["a category of 65 characters", validateDeleteRequest, { id: ["x".repeat(65)] }],
  ["a category with a space", validateDeleteRequest, { id: ["a b"] }],
  ["a category with U+0000", validateDeleteRequest, { id: ["1\u0000"] }],
  ["a category beyond ASCII", validateDeleteRequest, { id: ["ж"] }],
  ["a category that is a deep nest", validateDeleteRequest, { id: [nested(5000)] }],
  ["categories that are a deep nest", validateDeleteRequest, { id: nested(5000) }],
  ["categories that are null", validateDeleteRequest, { id: null }],
  ["101 categories", validateDeleteRequest, { id: ids(101) }],
  ["an unknown field", validateDeleteRequest, { id: ["1"], uid: "4001" }],
  [
    "an own field named __proto__",
    validateDeleteRequest,
    JSON.parse('{"id":["1"],"__proto__":{}}'),
  ],
  ["an unknown field of a report", validateSetDataStatusRequest, { ...plain, user: "4001" }],
  [
    "an unknown field of a report's error",
    validateSetDataStatusRequest,
    { ...plain, error: { code: "x", stack: "" } },
  ],
  ["an error without a code", validateSetDataStatusRequest, { ...plain, error: { message: "x" } }],
  [
    "a message of 4097 characters",
    validateSetDataStatusRequest,
    { ...plain, error: { code: "x", message: "x".repeat(4097) } },
  ],
  ["a uid that is a number", validateSetDataStatusRequest, { ...plain, yandex_uid: 4001 }],
  ["a uid with a leading zero", validateSetDataStatusRequest, { ...plain, yandex_uid: "04001" }],
  ["a uid of 33 digits", validateSetDataStatusRequest, { ...plain, yandex_uid: "9".repeat(33) }],
  ["a uid with a line break", validateSetDataStatusRequest, { ...plain, yandex_uid: "4001\n" }],
  ["a uid in other digits", validateSetDataStatusRequest, { ...plain, yandex_uid: "٤" }],
  ["a state that is not one", validateSetDataStatusRequest, { ...plain, state: "empty" }],
  ["a service of digits alone", validateSetDataStatusRequest, { ...plain, service: "17" }],
  [
    "a service of 65 characters",
    validateSetDataStatusRequest,
    { ...plain, service: "x".repeat(65) },
  ],
  [
    "a deletion_id of 65 characters",
    validateSetDataStatusRequest,
    { ...plain, deletion_id: "x".repeat(65) },
  ],
  ["an attempt below zero", validateSetDataStatusRequest, { ...plain, attempt: -1 }],
  ["an attempt beyond 31 bits", validateSetDataStatusRequest, { ...plain, attempt: 2 ** 31 }],
  ["a broken attempt", validateSetDataStatusRequest, { ...plain, attempt: 1.5 }],
  ["an attempt that is a text", validateSetDataStatusRequest, { ...plain, attempt: "1" }],
  [
    "a reason of 257 characters",
    validateSetDataStatusRequest,
    { ...plain, reason: "x".repeat(257) },
  ],
  ["a reason with U+0000", validateSetDataStatusRequest, { ...plain, reason: "tax\u0000law" }],
  ["retriable as a text", validateSetDataStatusRequest, { ...plain, retriable: "true" }],
  ["null for an absent field", validateSetDataStatusRequest, { ...plain, outcome: null }],
  ["a call without accounts", validateServiceStatusRequest, { ...short, yandex_uids: [] }],
  ["a call without categories", validateServiceStatusRequest, { ...short, categories: [] }],
  ["1001 ids", validateServiceStatusRequest, { ...short, phone_ids: ids(1001) }],
  ["1001 accounts", validateServiceStatusRequest, { ...short, yandex_uids: accounts(1001) }],
  ["101 categories in a call", validateServiceStatusRequest, { ...short, categories: ids(101) }],
  ["an id with U+0000", validateServiceStatusRequest, { ...short, user_ids: ["\u0000"] }],
  ["an id that is null", validateServiceStatusRequest, { ...short, user_ids: [null] }],
  ["a delete call without a fence", validateServiceDeleteRequest, without(deleteCall, "to")],
  ["a status answer that says nothing", validateServiceStatusAnswer, {}],
  ["a state of another kind", validateServiceStatusAnswer, { data_state: "gone" }],
  [
    "a list with one unknown state",
    validateServiceStatusAnswer,
    { categories: [{ id: "1", data_state: "gone" }] },
  ],
  [
    "a broken list beside a good word",
    validateServiceStatusAnswer,
    { categories: [{}], data_state: "empty" },
  ],
  [
    "a good list beside a broken word",
    validateServiceStatusAnswer,
    { ...statusAnswer, data_state: "gone" },
  ],
  ["a result with an unknown outcome", validateServiceDeleteAnswer, { outcome: "gone" }],
  ["a result that is a list", validateServiceDeleteAnswer, []],
  ["an export call without a job", validateServiceExportRequest, without(exportCall, "job_id")],
  [
    "an export call without a deadline",
    validateServiceExportRequest,
    without(exportCall, "deadline"),
  ],
  [
    "an upload_url that does not end in /files/",
    validateServiceExportRequest,
    { ...exportCall, upload_url: "https://hub.example/files/x" },
  ],
  [
    "an upload_url of another scheme",
    validateServiceExportRequest,
    { ...exportCall, upload_url: "file:///files/" },
  ],
  [
    "an upload_url with a space",
    validateServiceExportRequest,
    { ...exportCall, upload_url: "https://hub.example/a b/files/" },
  ],
  ["an export answer that says nothing", validateServiceExportAnswer, {}],
  ["an export answer in another word", validateServiceExportAnswer, { status: "exported" }],
  ["an export of files without files", validateServiceExportAnswer, { status: "ok" }],
  ["an export of a list", validateServiceExportAnswer, { status: "ok", data: [] }],
  ["another code than a refusal's", validateServiceDenial, { code: "conflict" }],
  [
    "identifiers without a word on completeness",
    validateIdentityAnswer,
    without(identityAnswer, "complete"),
  ],
  ["a request_id of 129 characters", validateRequestId, "x".repeat(129)],
  ["an empty request_id", validateRequestId, ""],
  ["a request_id with a space", validateRequestId, "a b"],
];

describe("accepts", () => {
  test.each(accepted)("%s", (_what, validate, body) => {
    expect(validate(body)).toBe(true);
    expect(validate.errors).toBeNull();
  });
});

describe("refuses, and says where", () => {
  test.each(refused)("%s", (_what, validate, body) => {
    expect(validate(body)).toBe(false);
    expect(validate.errors?.length).toBeGreaterThan(0);
  });
});

describe("instants", () => {
  const completedAt = (text: string) =>
    validateSetDataStatusRequest({ ...plain, completed_at: text });

  test.each([
    "2025-03-01T10:00:00Z",
    "2025-03-01t10:00:00z",
    "2025-03-01T10:00:00.1Z",
    "2025-03-01T10:00:00.123456789+05:45",
    "2025-03-01T10:00:00-00:00",
    "2024-02-29T23:59:59+23:59",
    "2000-02-29T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
  ])("accepts %s", (text) => {
    expect(completedAt(text)).toBe(true);
  });

  test.each([
    "",
    "2025-03-01",
    "2025-03-01T10:00:00",
    "2025-03-01 10:00:00Z",
    "2025-03-01T10:00Z",
    "2025-03-01T10:00:00.Z",
    "2025-03-01T10:00:00+3",
    "2025-03-01T10:00:00+0300",
    "2025-03-01T10:00:00+24:00",
    "2025-03-01T24:00:00Z",
    "2025-03-01T10:60:00Z",
    "2016-12-31T23:59:60Z",
    "2025-00-01T10:00:00Z",
    "2025-13-01T10:00:00Z",
    "2025-03-00T10:00:00Z",
    "2025-02-29T10:00:00Z",
    "1900-02-29T10:00:00Z",
    "2025-04-31T10:00:00Z",
    "0000-12-31T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "+02025-03-01T10:00:00Z",
    "2025-03-01T10:00:00Z\n",
    `2025-03-01T10:00:00.${"0".repeat(64)}Z`,
  ])("refuses %j", (text) => {
    expect(completedAt(text)).toBe(false);
  });
});

test("no more than 20 faults are told, however many there are", () => {
  expect(validateDeleteRequest({ id: Array(30_000).fill(1) })).toBe(false);
  expect(validateDeleteRequest.errors).toHaveLength(20);
});

test("a success forgets the faults before it", () => {
  validateDeleteRequest({ id: 1 });
  validateDeleteRequest({ id: ["1"] });
  expect(validateDeleteRequest.errors).toBeNull();
});

test("every fault of a body the hub receives is told with its place", () => {
  validateSetDataStatusRequest({ ...plain, yandex_uid: 1, error: { code: "" }, extra: 1 });
  expect(validateSetDataStatusRequest.errors).toEqual([
    { instancePath: "", message: "must NOT have additional properties" },
    { instancePath: "/yandex_uid", message: "must be string" },
    { instancePath: "/error/code", message: "must NOT have fewer than 1 characters" },
  ]);
});

test("bodies and query parameters are found by operation", () => {
  expect(validators.requestBodies).toMatchObject({
    deleteData: validateDeleteRequest,
    setDataStatus: validateSetDataStatusRequest,
    serviceStatus: validateServiceStatusRequest,
    serviceDelete: validateServiceDeleteRequest,
    serviceExport: validateServiceExportRequest,
    resolveIdentity: validators.validateIdentityRequest,
  });
  const { getStatus, deleteData, listDeletions } = validators.queryParameters;
  expect({ getStatus, deleteData }).toEqual({
    getStatus: { request_id: validateRequestId },
    deleteData: { request_id: validateRequestId },
  });
  expect(listDeletions).toMatchObject({ request_id: validateRequestId });
});
