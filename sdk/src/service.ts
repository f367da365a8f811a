// The ready-made connected service: handlers for the hub's calls.
export type { HubOptions } from "./arguments.ts";
export type { FileChunks, FileContent } from "./client/file-content.ts";
export type { RetryOptions } from "./client/retry.ts";
export type { Clock } from "./clock.ts";
export {
  type Category,
  type CategoryHandlers,
  category,
  type DeleteRequest,
  type StatusRequest,
  type StatusResult,
  type User,
} from "./service/category.ts";
export {
  createTakeoutService,
  type TakeoutService,
  type TakeoutServiceOptions,
} from "./service/create.ts";
export {
  type ExportFile,
  type ExportItem,
  type ExportRequest,
  type ExportResult,
  exportItem,
  type Files,
  files,
  type JsonData,
  json,
  type NoData,
  noData,
} from "./service/export-item.ts";
export type { Log, LogEntry } from "./service/log.ts";
export {
  type Accepted,
  type Anonymized,
  accepted,
  anonymized,
  type Denied,
  denied,
  type Erased,
  erased,
  type FatalFailure,
  fatal,
  type NothingFound,
  nothingFound,
  type Outcome,
  type Retained,
  retained,
} from "./service/outcome.ts";
export type { SigningKey } from "./tickets/signing-key.ts";
export type { Progress } from "./work/record.ts";
export type { Perform, WorkBody, WorkChange, WorkRunner, WorkStore } from "./work/store.ts";
