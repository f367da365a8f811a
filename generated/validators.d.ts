// Generated from api/ by scripts/generate.ts. Do not edit.

import type { RequestId, DeleteRequest, SetDataStatusRequest, DeletionState, ServiceName, CategoryId, Age, YandexUid, ListLimit, Cursor, CreateDeletionRequest, ActRequest, ResolveRequest, HoldRequest, ActReason, JsonWebKeySet } from "./hub.ts";
import type { ServiceStatusRequest, ServiceDeleteRequest, ServiceExportRequest, ServiceStatusAnswer, ServiceDeleteAnswer, ServiceExportAnswer, ServiceDenial } from "./connected-service.ts";
import type { IdentityRequest, IdentityAnswer } from "./identity.ts";

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
export const validateSetDataStatusRequest: Validator<SetDataStatusRequest>;
export const validateDeletionState: Validator<DeletionState>;
export const validateServiceName: Validator<ServiceName>;
export const validateCategoryId: Validator<CategoryId>;
export const validateAge: Validator<Age>;
export const validateYandexUid: Validator<YandexUid>;
export const validateListLimit: Validator<ListLimit>;
export const validateCursor: Validator<Cursor>;
export const validateCreateDeletionRequest: Validator<CreateDeletionRequest>;
export const validateActRequest: Validator<ActRequest>;
export const validateResolveRequest: Validator<ResolveRequest>;
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

/** By operation id. */
export const requestBodies: {
  deleteData: Validator<DeleteRequest>,
  setDataStatus: Validator<SetDataStatusRequest>,
  createDeletion: Validator<CreateDeletionRequest>,
  retryDeletion: Validator<ActRequest>,
  cancelDeletion: Validator<ActRequest>,
  resolveDeletion: Validator<ResolveRequest>,
  pauseService: Validator<ActRequest>,
  resumeService: Validator<ActRequest>,
  checkService: Validator<ActRequest>,
  placeHold: Validator<HoldRequest>,
  serviceStatus: Validator<ServiceStatusRequest>,
  serviceDelete: Validator<ServiceDeleteRequest>,
  serviceExport: Validator<ServiceExportRequest>,
  resolveIdentity: Validator<IdentityRequest>,
};

/** By operation id and name. */
export const queryParameters: {
  getStatus: { request_id: Validator<RequestId> },
  deleteData: { request_id: Validator<RequestId> },
  listDeletions: { state: Validator<DeletionState>, service: Validator<ServiceName>, category: Validator<CategoryId>, older_than: Validator<Age>, uid: Validator<YandexUid>, request_id: Validator<RequestId>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listStuck: { older_than: Validator<Age>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listServices: { limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  listHolds: { uid: Validator<YandexUid>, limit: Validator<ListLimit>, cursor: Validator<Cursor> },
  releaseHold: { reason: Validator<ActReason> },
};
