import type { OperationId } from "../../generated/operations.ts";
import type { Handler } from "./operation.ts";
import { cancelDeletion } from "./operations/admin/cancel-deletion.ts";
import { checkService } from "./operations/admin/check-service.ts";
import { createDeletion } from "./operations/admin/create-deletion.ts";
import { getDeletion } from "./operations/admin/get-deletion.ts";
import { getExport } from "./operations/admin/get-export.ts";
import { listDeletions } from "./operations/admin/list-deletions.ts";
import { listExports } from "./operations/admin/list-exports.ts";
import { listHolds } from "./operations/admin/list-holds.ts";
import { listServices } from "./operations/admin/list-services.ts";
import { listStuck } from "./operations/admin/list-stuck.ts";
import { pauseService, resumeService } from "./operations/admin/pause-service.ts";
import { placeHold } from "./operations/admin/place-hold.ts";
import { releaseHold } from "./operations/admin/release-hold.ts";
import { resolveDeletion } from "./operations/admin/resolve-deletion.ts";
import { retryDeletion } from "./operations/admin/retry-deletion.ts";
import { retryExport } from "./operations/admin/retry-export.ts";
import { deleteData } from "./operations/delete-data.ts";
import { downloadExport } from "./operations/export/download-export.ts";
import { getArchive } from "./operations/export/get-archive.ts";
import { getExportStatus } from "./operations/export/get-export-status.ts";
import { setExportStatus } from "./operations/export/set-export-status.ts";
import { submitExport } from "./operations/export/submit-export.ts";
import { uploadExportFile } from "./operations/export/upload-export-file.ts";
import { getDocs } from "./operations/get-docs.ts";
import { getDocsAsset } from "./operations/get-docs-asset.ts";
import { getJwks } from "./operations/get-jwks.ts";
import { getLiveness } from "./operations/get-liveness.ts";
import { getMetrics } from "./operations/get-metrics.ts";
import { getOpenapi } from "./operations/get-openapi.ts";
import { getReadiness } from "./operations/get-readiness.ts";
import { getStatus } from "./operations/get-status.ts";
import { setDataStatus } from "./operations/set-data-status.ts";

/** One handler for every operation of the contract; a missing one does not compile. */
export const handlers: { readonly [Id in OperationId]: Handler } = {
  getStatus,
  deleteData,
  submitExport,
  getExportStatus,
  downloadExport,
  getArchive,
  setDataStatus,
  uploadExportFile,
  setExportStatus,
  listDeletions,
  createDeletion,
  getDeletion,
  retryDeletion,
  cancelDeletion,
  resolveDeletion,
  listExports,
  getExport,
  retryExport,
  listStuck,
  listServices,
  pauseService,
  resumeService,
  checkService,
  listHolds,
  placeHold,
  releaseHold,
  getJwks,
  getLiveness,
  getReadiness,
  getMetrics,
  getOpenapi,
  getDocs,
  getDocsAsset,
};
