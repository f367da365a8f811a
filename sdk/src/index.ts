// The client: what a service calls on the hub.
export type { HubOptions } from "./arguments.ts";
export {
  type CallOptions,
  createTakeoutClient,
  type DataStatusReport,
  type ExportStatusReport,
  type TakeoutClient,
  type TakeoutClientOptions,
} from "./client/client.ts";
export type { FileChunks, FileContent } from "./client/file-content.ts";
export type { RetryOptions } from "./client/retry.ts";
export type { ExportUpload, UploadedFile } from "./client/upload.ts";
export type { Clock } from "./clock.ts";
export {
  isTakeoutApiError,
  isTakeoutNetworkError,
  isTakeoutResponseError,
  isTakeoutSdkError,
  TakeoutApiError,
  type TakeoutFault,
  TakeoutNetworkError,
  TakeoutResponseError,
  TakeoutSdkError,
  type TakeoutSdkErrorOptions,
} from "./errors.ts";
export type { SigningKey } from "./tickets/signing-key.ts";
