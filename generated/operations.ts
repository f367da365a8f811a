// Generated from api/ by scripts/generate.ts. Do not edit.

/** The contract's version and a short hash of its text. */
export const contractVersion = "0.1.0+c4696f8c7881";

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
}

/** What the hub serves. */
export const operations = {
  getStatus: { id: "getStatus", method: "get", path: "/1/takeout/status/", audience: "portal", errorFormat: "portal", right: "status", role: null, userTicket: "required", body: false },
  deleteData: { id: "deleteData", method: "post", path: "/1/takeout/delete/", audience: "portal", errorFormat: "portal", right: "delete", role: null, userTicket: "required", body: true },
  setDataStatus: { id: "setDataStatus", method: "post", path: "/takeout/set_data_status", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true },
  listDeletions: { id: "listDeletions", method: "get", path: "/admin/v1/deletions", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false },
  createDeletion: { id: "createDeletion", method: "post", path: "/admin/v1/deletions", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  getDeletion: { id: "getDeletion", method: "get", path: "/admin/v1/deletions/{deletion_id}", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false },
  retryDeletion: { id: "retryDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/retry", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  cancelDeletion: { id: "cancelDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/cancel", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  resolveDeletion: { id: "resolveDeletion", method: "post", path: "/admin/v1/deletions/{deletion_id}/resolve", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  listStuck: { id: "listStuck", method: "get", path: "/admin/v1/stuck", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false },
  listServices: { id: "listServices", method: "get", path: "/admin/v1/services", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false },
  pauseService: { id: "pauseService", method: "post", path: "/admin/v1/services/{name}/pause", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  resumeService: { id: "resumeService", method: "post", path: "/admin/v1/services/{name}/resume", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  checkService: { id: "checkService", method: "post", path: "/admin/v1/services/{name}/check", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  listHolds: { id: "listHolds", method: "get", path: "/admin/v1/holds", audience: "operator", errorFormat: "problem", right: null, role: "viewer", userTicket: "required", body: false },
  placeHold: { id: "placeHold", method: "post", path: "/admin/v1/holds", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: true },
  releaseHold: { id: "releaseHold", method: "delete", path: "/admin/v1/holds/{hold_id}", audience: "operator", errorFormat: "problem", right: null, role: "operator", userTicket: "required", body: false },
  getJwks: { id: "getJwks", method: "get", path: "/.well-known/jwks.json", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getLiveness: { id: "getLiveness", method: "get", path: "/health/live", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getReadiness: { id: "getReadiness", method: "get", path: "/health/ready", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getMetrics: { id: "getMetrics", method: "get", path: "/metrics", audience: "operator", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getOpenapi: { id: "getOpenapi", method: "get", path: "/openapi/hub.yaml", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getDocs: { id: "getDocs", method: "get", path: "/docs", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
  getDocsAsset: { id: "getDocsAsset", method: "get", path: "/docs/{asset}", audience: "public", errorFormat: "problem", right: null, role: null, userTicket: "none", body: false },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;

/** What a connected service serves. */
export const connectedOperations = {
  serviceStatus: { id: "serviceStatus", method: "post", path: "/v1/takeout/status/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true },
  serviceDelete: { id: "serviceDelete", method: "post", path: "/v1/takeout/delete/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true },
  serviceExport: { id: "serviceExport", method: "post", path: "/v1/takeout/export/", audience: "service", errorFormat: "problem", right: null, role: null, userTicket: "none", body: true },
} as const satisfies Record<string, Operation>;

export type ConnectedOperationId = keyof typeof connectedOperations;
