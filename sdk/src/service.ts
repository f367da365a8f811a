// The ready-made connected service: handlers for the hub's calls.
export type { HubOptions } from "./arguments.ts";
export type { RetryOptions } from "./client/retry.ts";
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
export type { Log, LogEntry } from "./service/log.ts";
export {
  type Anonymized,
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
