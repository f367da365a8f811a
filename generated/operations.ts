// Generated from api/ by scripts/generate.ts. Do not edit.

/** The contract's version and a short hash of its text. */
export const contractVersion = "0.1.0+93d0ff71affc";

export interface Operation {
  readonly id: string;
  readonly method: "delete" | "get" | "patch" | "post" | "put";
  /** As the contract writes it; parameters as `{name}`. Served with and without a trailing slash. */
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
export const operations = {
  getStatus: { id: "getStatus", method: "get", path: "/1/takeout/status/", audience: "portal", errorFormat: "portal", right: "status", role: null, userTicket: "required", body: false, upload: false },
  deleteData: { id: "deleteData", method: "post", path: "/1/takeout/delete/", audience: "portal", errorFormat: "portal", right: "delete", role: null, userTicket: "required", body: true, upload: false },
  submitExport: { id: "submitExport", method: "post", path: "/1/takeout/export/submit/", audience: "portal", errorFormat: "portal", right: "export", role: null, userTicket: "optional", body: false, upload: false },
  getExportStatus: { id: "getExportStatus", method: "get", path: "/1/takeout/export/status/", audience: "portal", errorFormat: "portal", right: "export", role: null, userTicket: "optional", body: false, upload: false },
  downloadExport: { id: "downloadExport", method: "post", path: "/1/takeout/export/download/", audience: "portal", errorFormat: "portal", right: "export", role: null, userTicket: "required", body: true, upload: false },
  getArchive: { id: "getArchive", method: "get", path: "/takeout/archives/{link}", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  setDataStatus: { id: "setDataStatus", method: "post", path: "/takeout/set_data_status", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true, upload: false },
  uploadExportFile: { id: "uploadExportFile", method: "put", path: "/takeout/exports/{job_id}/files/{name}", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: true },
  setExportStatus: { id: "setExportStatus", method: "post", path: "/takeout/set_export_status", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true, upload: false },
  listDeletions: { id: "listDeletions", method: "get", path: "/admin/v1/deletions", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  createDeletion: { id: "createDeletion", method: "post", path: "/admin/v1/deletions", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  getDeletion: { id: "getDeletion", method: "get", path: "/admin/v1/deletions/{deletion_id}", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  retryDeletion: { id: "retryDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/retry", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  cancelDeletion: { id: "cancelDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/cancel", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  resolveDeletion: { id: "resolveDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/resolve", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  listExports: { id: "listExports", method: "get", path: "/admin/v1/exports", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  getExport: { id: "getExport", method: "get", path: "/admin/v1/exports/{job_id}", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  retryExport: { id: "retryExport", method: "post", path: "/admin/v1/exports/{job_id}/retry", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  listStuck: { id: "listStuck", method: "get", path: "/admin/v1/stuck", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  listServices: { id: "listServices", method: "get", path: "/admin/v1/services", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  pauseService: { id: "pauseService", method: "post", path: "/admin/v1/services/{name}/pause", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  resumeService: { id: "resumeService", method: "post", path: "/admin/v1/services/{name}/resume", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  checkService: { id: "checkService", method: "post", path: "/admin/v1/services/{name}/check", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  listHolds: { id: "listHolds", method: "get", path: "/admin/v1/holds", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false, upload: false },
  placeHold: { id: "placeHold", method: "post", path: "/admin/v1/holds", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true, upload: false },
  releaseHold: { id: "releaseHold", method: "delete", path: "/admin/v1/holds/{hold_id}", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: false, upload: false },
  getJwks: { id: "getJwks", method: "get", path: "/.well-known/jwks.json", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getLiveness: { id: "getLiveness", method: "get", path: "/health/live", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getReadiness: { id: "getReadiness", method: "get", path: "/health/ready", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getMetrics: { id: "getMetrics", method: "get", path: "/metrics", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getOpenapi: { id: "getOpenapi", method: "get", path: "/openapi/hub.yaml", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getDocs: { id: "getDocs", method: "get", path: "/docs", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
  getDocsAsset: { id: "getDocsAsset", method: "get", path: "/docs/{asset}", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false, upload: false },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;

/** What a connected service serves. */
export const connectedOperations = {
  serviceStatus: { id: "serviceStatus", method: "post", path: "/v1/takeout/status/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true, upload: false },
  serviceDelete: { id: "serviceDelete", method: "post", path: "/v1/takeout/delete/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true, upload: false },
  serviceExport: { id: "serviceExport", method: "post", path: "/v1/takeout/export/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true, upload: false },
} as const satisfies Record<string, Operation>;

export type ConnectedOperationId = keyof typeof connectedOperations;
