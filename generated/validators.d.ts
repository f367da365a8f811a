// Generated from api/ by scripts/generate.ts. Do not edit.

import type { RequestId, DeleteRequest, YandexUid, JobId, DownloadExportRequest, SetDataStatusRequest, SetExportStatusRequest, DeletionState, ServiceName, CategoryId, Age, ListLimit, Cursor, CreateDeletionRequest, ActRequest, ResolveRequest, ExportState, HoldRequest, ActReason, JsonWebKeySet } from "./hub.ts";
import type { ServiceStatusRequest, ServiceDeleteRequest, ServiceExportRequest, ServiceStatusAnswer, ServiceDeleteAnswer, ServiceExportAnswer, ServiceDenial } from "./connected-service.ts";
import type { IdentityRequest, IdentityAnswer } from "./identity.ts";
import type { FinishExportRequest } from "./portal-storage.ts";

/** One fault: a JSON pointer into what was checked, and what the schema says. Bears nothing of the value. */
export interface ValidationError {
  readonly instancePath: string;
  readonly message: string;
}

/** Checks synchronously. `errors` belongs to the last call: at most 20, null after a success. */
export interface Validator<T> {
  (data: unknown): data is T;
  readonly errors: readonly ValidationError[] | null;
}

export const validateRequestId: Validator<RequestId>;
export const validateDeleteRequest: Validator<DeleteRequest>;
export const validateYandexUid: Validator<YandexUid>;
export const validateJobId: Validator<JobId>;
export const validateDownloadExportRequest: Validator<DownloadExportRequest>;
export const validateSetDataStatusRequest: Validator<SetDataStatusRequest>;
export const validateSetExportStatusRequest: Validator<SetExportStatusRequest>;
export const validateDeletionState: Validator<DeletionState>;
export const validateServiceName: Validator<ServiceName>;
export const validateCategoryId: Validator<CategoryId>;
export const validateAge: Validator<Age>;
export const validateListLimit: Validator<ListLimit>;
export const validateCursor: Validator<Cursor>;
export const validateCreateDeletionRequest: Validator<CreateDeletionRequest>;
export const validateActRequest: Validator<ActRequest>;
export const validateResolveRequest: Validator<ResolveRequest>;
export const validateExportState: Validator<ExportState>;
export const validateHoldRequest: Validator<HoldRequest>;
export const validateActReason: Validator<ActReason>;
export const validateJsonWebKeySet: Validator<JsonWebKeySet>;
export const validateServiceStatusRequest: Validator<ServiceStatusRequest>;
export const validateServiceDeleteRequest: Validator<ServiceDeleteRequest>;
export const validateServiceExportRequest: Validator<ServiceExportRequest>;
export const validateServiceStatusAnswer: Validator<ServiceStatusAnswer>;
export const validateServiceDeleteAnswer: Validator<ServiceDeleteAnswer>;
export const validateServiceExportAnswer: Validator<ServiceExportAnswer>;
export const validateServiceDenial: Validator<ServiceDenial>;
export const validateIdentityRequest: Validator<IdentityRequest>;
export const validateIdentityAnswer: Validator<IdentityAnswer>;
export const validateFinishExportRequest: Validator<FinishExportRequest>;

/** By operation id. */
export const requestBodies: {
  deleteData: Validator<DeleteRequest>,
  downloadExport: Validator<DownloadExportRequest>,
  setDataStatus: Validator<SetDataStatusRequest>,
  setExportStatus: Validator<SetExportStatusRequest>,
  createDeletion: Validator<CreateDeletionRequest>,
  retryDeletion: Validator<ActRequest>,
  cancelDeletion: Validator<ActRequest>,
  resolveDeletion: Validator<ResolveRequest>,
  retryExport: Validator<ActRequest>,
  pauseService: Validator<ActRequest>,
  resumeService: Validator<ActRequest>,
  checkService: Validator<ActRequest>,
  placeHold: Validator<HoldRequest>,
  serviceStatus: Validator<ServiceStatusRequest>,
  serviceDelete: Validator<ServiceDeleteRequest>,
  serviceExport: Validator<ServiceExportRequest>,
  resolveIdentity: Validator<IdentityRequest>,
  finishExport: Validator<FinishExportRequest>,
};

/** By operation id and name. */
export const queryParameters: {
  getStatus: { request_id: Validator<RequestId> },
  deleteData: { request_id: Validator<RequestId> },
  submitExport: { uid: Validator<YandexUid>, request_id: Validator<RequestId> },
  getExportStatus: { uid: Validator<YandexUid>, job_id: Validator<JobId> },
  listDeletions: { state: Validator<DeletionState>, service: Validator<ServiceName>, category: Validator<CategoryId>, older_than: Validator<Age>, uid: Validator<YandexUid>, request_id: Validator<RequestId>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listExports: { state: Validator<ExportState>, service: Validator<ServiceName>, older_than: Validator<Age>, uid: Validator<YandexUid>, request_id: Validator<RequestId>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listStuck: { older_than: Validator<Age>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listServices: { limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listHolds: { uid: Validator<YandexUid>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  releaseHold: { reason: Validator<ActReason> },
};
