import { expect, test } from "vitest";
import { isObject, type JsonObject, objectAt, resolve } from "../../scripts/generate/document.ts";
import { documents } from "./documents.ts";
import { listSchemas } from "./schemas.ts";

function isMarked(document: JsonObject, schema: JsonObject): boolean {
  if (schema["x-personal-data"] === true) return true;
  const { $ref } = schema;
  return $ref !== undefined && isMarked(document, resolve(document, { $ref }));
}

const found = documents.flatMap(([name, document]) =>
  listSchemas(document)
    .filter(({ path, schema }) => path.includes(".") && isMarked(document, schema))
    .map(({ path }) => `${name}: ${path}`),
);

test("exactly these fields can name a person, and none of them may be logged", () => {
  expect(found.sort()).toEqual([
    "connected-service: Account.uid",
    "connected-service: Problem.request_id",
    "connected-service: ServiceDeleteRequest.personal_email_ids",
    "connected-service: ServiceDeleteRequest.personal_phone_ids",
    "connected-service: ServiceDeleteRequest.phone_ids",
    "connected-service: ServiceDeleteRequest.report_uid",
    "connected-service: ServiceDeleteRequest.request_id",
    "connected-service: ServiceDeleteRequest.user_ids",
    "connected-service: ServiceDeleteRequest.yandex_uids",
    "connected-service: ServiceExportInline.data",
    "connected-service: ServiceExportRequest.personal_email_ids",
    "connected-service: ServiceExportRequest.personal_phone_ids",
    "connected-service: ServiceExportRequest.phone_ids",
    "connected-service: ServiceExportRequest.report_uid",
    "connected-service: ServiceExportRequest.request_id",
    "connected-service: ServiceExportRequest.user_ids",
    "connected-service: ServiceExportRequest.yandex_uids",
    "connected-service: ServiceStatusRequest.personal_email_ids",
    "connected-service: ServiceStatusRequest.personal_phone_ids",
    "connected-service: ServiceStatusRequest.phone_ids",
    "connected-service: ServiceStatusRequest.request_id",
    "connected-service: ServiceStatusRequest.user_ids",
    "connected-service: ServiceStatusRequest.yandex_uids",
    "hub: CreateDeletionRequest.uid",
    "hub: DownloadExportAnswer.data.url",
    "hub: HoldRequest.uid",
    "hub: NotReady.request_id",
    "hub: Problem.request_id",
    "hub: ReportedError.message",
    "hub: ReportedFile.name",
    "hub: SetDataStatusRequest.yandex_uid",
    "hub: SetExportStatusRequest.yandex_uid",
    "identity: Account.uid",
    "identity: IdentityAnswer.personal_email_ids",
    "identity: IdentityAnswer.personal_phone_ids",
    "identity: IdentityAnswer.phone_ids",
    "identity: IdentityAnswer.user_ids",
    "identity: IdentityAnswer.yandex_uids",
    "identity: IdentityRequest.yandex_uid",
    "identity: Problem.request_id",
    "portal-storage: Problem.request_id",
  ]);
});

test("whatever is named uid, uids, a request_id, or ids of phones, mails and users is marked", () => {
  const suspicious = documents.flatMap(([name, document]) =>
    listSchemas(document)
      .filter(({ path }) =>
        /\.(.*uids?|request_id|(user|phone|email|personal\w*)_ids?)$/.test(path),
      )
      .map(({ path }) => `${name}: ${path}`),
  );
  expect(suspicious.filter((path) => !found.includes(path))).toEqual([]);
  expect(suspicious.length).toBeGreaterThan(20);
});

test("every parameter that can name a person is marked", () => {
  const names = documents.flatMap(([name, document]) =>
    Object.values(objectAt(document, "paths")).flatMap((item) =>
      Object.values(isObject(item) ? item : {})
        .flatMap((at) => (Array.isArray(at) ? at : isObject(at) ? (at.parameters ?? []) : []))
        .filter(isObject)
        .map((parameter) => resolve(document, parameter))
        .filter((parameter) => parameter["x-personal-data"] === true)
        .map((parameter) => `${name}: ${parameter.in} ${parameter.name}`),
    ),
  );
  expect([...new Set(names)].sort()).toEqual([
    "connected-service: header X-Request-Id",
    "hub: header Idempotency-Key",
    "hub: header X-Request-Id",
    "hub: path link",
    "hub: path name",
    "hub: query request_id",
    "hub: query uid",
    "identity: header X-Request-Id",
    "portal-storage: header X-Request-Id",
    "portal-storage: path name",
  ]);
});
