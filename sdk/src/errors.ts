/** What every error of this package tells a program. */
export interface TakeoutSdkErrorOptions {
  /** Stable, machine-readable; the hub's own code where the hub answered with one. */
  code: string;
  /** Whether the same call may succeed later without a change. */
  retryable: boolean;
  /** The hub's `X-Request-Id`, for a question to the hub's operators. */
  requestId?: string | undefined;
  cause?: unknown;
}

/**
 * The base of every error this package throws for a call that went wrong. Messages never bear
 * personal data or tickets. Wrong arguments throw a `TypeError` instead.
 */
export class TakeoutSdkError extends Error {
  override name = "TakeoutSdkError";
  readonly code: string;
  readonly retryable: boolean;
  readonly requestId: string | undefined;

  constructor(message: string, options: TakeoutSdkErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable;
    this.requestId = options.requestId;
  }
}

/** What is wrong with a request, and where. */
export interface TakeoutFault {
  /** JSON pointer (RFC 6901) into the body; empty: the body itself. */
  pointer: string;
  detail: string;
}

/** The hub answered, and refused: `code`, `status` and `errors` are its own. */
export class TakeoutApiError extends TakeoutSdkError {
  override name = "TakeoutApiError";
  readonly status: number;
  /** Of a malformed request, otherwise empty. Names fields, and bears none of their values. */
  readonly errors: readonly TakeoutFault[];

  constructor(
    message: string,
    options: TakeoutSdkErrorOptions & { status: number; errors?: readonly TakeoutFault[] },
  ) {
    super(message, options);
    this.status = options.status;
    this.errors = options.errors ?? [];
  }
}

/** The hub gave no answer: `code` is `no_connection` or `timeout`. Always retryable. */
export class TakeoutNetworkError extends TakeoutSdkError {
  override name = "TakeoutNetworkError";
}

/**
 * Something answered that is not a hub, or not one that can be understood (a proxy's page, a
 * redirect, too long an answer): `code` is `unreadable_answer`.
 */
export class TakeoutResponseError extends TakeoutSdkError {
  override name = "TakeoutResponseError";
  readonly status: number;

  constructor(message: string, options: TakeoutSdkErrorOptions & { status: number }) {
    super(message, options);
    this.status = options.status;
  }
}

// Guards go by name: they hold when two copies of this package are installed side by side.
const childNames = ["TakeoutApiError", "TakeoutNetworkError", "TakeoutResponseError"];

function isNamed(error: unknown, names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** Whether the error is any of this package's. */
export function isTakeoutSdkError(error: unknown): error is TakeoutSdkError {
  return isNamed(error, ["TakeoutSdkError", ...childNames]);
}

/** Whether the hub answered and refused. */
export function isTakeoutApiError(error: unknown): error is TakeoutApiError {
  return isNamed(error, ["TakeoutApiError"]);
}

/** Whether there was no answer. */
export function isTakeoutNetworkError(error: unknown): error is TakeoutNetworkError {
  return isNamed(error, ["TakeoutNetworkError"]);
}

/** Whether there was an answer that cannot be understood. */
export function isTakeoutResponseError(error: unknown): error is TakeoutResponseError {
  return isNamed(error, ["TakeoutResponseError"]);
}
