import type { ErrorCode } from "../../generated/error-codes.ts";

export type { ErrorCode };

/**
 * An error that the outside may see: a code of the contract's table, and a detail that names nobody.
 * Whatever else is thrown is answered as `internal_error` with a fixed text.
 */
export class TakeoutError extends Error {
  override readonly name = "TakeoutError";
  readonly code: ErrorCode;
  readonly detail: string | null;
  /** Whole seconds after which a repeat makes sense. */
  readonly retryAfterSeconds: number | null;
  readonly faults: readonly { readonly pointer: string; readonly detail: string }[];
  readonly categoryId: string | null;

  constructor(
    code: ErrorCode,
    options: {
      detail?: string;
      retryAfterSeconds?: number;
      faults?: readonly { pointer: string; detail: string }[];
      categoryId?: string;
      cause?: unknown;
    } = {},
  ) {
    super(options.detail ?? code, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.detail = options.detail ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.faults = options.faults ?? [];
    this.categoryId = options.categoryId ?? null;
  }
}
