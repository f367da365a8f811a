// The client: what a service calls on the hub.
export type { HubOptions } from "./arguments.ts";
export {
  createTakeoutClient,
  type DataStatusReport,
  type TakeoutClient,
  type TakeoutClientOptions,
} from "./client/client.ts";
export type { RetryOptions } from "./client/retry.ts";
export {
  isTakeoutApiError,
  isTakeoutNetworkError,
  isTakeoutResponseError,
  isTakeoutSdkError,
  TakeoutApiError,
  TakeoutNetworkError,
  TakeoutResponseError,
  TakeoutSdkError,
  type TakeoutSdkErrorOptions,
} from "./errors.ts";
export type { SigningKey } from "./tickets/signing-key.ts";
