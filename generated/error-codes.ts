// Generated from api/ by scripts/generate.ts. Do not edit.

/** Where a code may stand. `status_entry`: beside the portal's data; `part`: the error of a part. */
export type ErrorPlace = "portal" | "problem" | "status_entry" | "part";

export interface ErrorCodeEntry {
  /** The HTTP status of an answer with this code; null if the code never decides an answer. */
  readonly status: number | null;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly usedIn: readonly ErrorPlace[];
}

export const errorCodes = {
  bad_request: {"status":400,"title":"The request is malformed","retryable":false,"usedIn":["portal","problem"]},
  request_id_missing: {"status":400,"title":"The request_id is missing","retryable":false,"usedIn":["portal"]},
  category_missing: {"status":400,"title":"No category was named","retryable":false,"usedIn":["portal"]},
  category_unknown: {"status":400,"title":"The category is not configured","retryable":false,"usedIn":["portal","problem"]},
  filename_invalid: {"status":400,"title":"The file name is not allowed","retryable":false,"usedIn":["problem","part"]},
  digest_mismatch: {"status":400,"title":"The content does not have the digest that was sent with it","retryable":true,"usedIn":["problem"]},
  service_ticket_missing: {"status":401,"title":"The service ticket is missing","retryable":false,"usedIn":["portal","problem"]},
  service_ticket_invalid: {"status":401,"title":"The service ticket is not valid","retryable":false,"usedIn":["portal","problem"]},
  user_ticket_missing: {"status":401,"title":"The user ticket is missing","retryable":false,"usedIn":["portal","problem"]},
  user_ticket_invalid: {"status":401,"title":"The user ticket is not valid","retryable":false,"usedIn":["portal","problem"]},
  source_forbidden: {"status":403,"title":"The caller may not use this operation","retryable":false,"usedIn":["portal","problem"]},
  service_mismatch: {"status":403,"title":"The named service is not the caller","retryable":false,"usedIn":["problem"]},
  user_mismatch: {"status":403,"title":"The user ticket is of another user","retryable":false,"usedIn":["portal"]},
  role_required: {"status":403,"title":"The operator lacks the role","retryable":false,"usedIn":["problem"]},
  not_found: {"status":404,"title":"Nothing is found here","retryable":false,"usedIn":["problem"]},
  job_not_found: {"status":404,"title":"The job is not found","retryable":false,"usedIn":["portal"]},
  method_not_allowed: {"status":405,"title":"The method is not allowed here","retryable":false,"usedIn":["portal","problem"]},
  request_timeout: {"status":408,"title":"The request took too long to arrive","retryable":true,"usedIn":["portal","problem"]},
  request_id_conflict: {"status":409,"title":"The request_id was used for other categories","retryable":false,"usedIn":["portal"]},
  delete_denied: {"status":409,"title":"Deletion is refused for now","retryable":false,"usedIn":["portal","problem","status_entry","part"]},
  stale_deletion: {"status":409,"title":"The report belongs to an older deletion","retryable":false,"usedIn":["problem"]},
  archive_not_ready: {"status":409,"title":"There is no archive to download","retryable":true,"usedIn":["portal"]},
  part_closed: {"status":409,"title":"The part is closed already","retryable":false,"usedIn":["problem"]},
  file_missing: {"status":409,"title":"A named file was not uploaded","retryable":false,"usedIn":["problem"]},
  too_many_files: {"status":409,"title":"The part has as many files as it may have","retryable":false,"usedIn":["problem","part"]},
  export_running: {"status":409,"title":"Another export of the user is running","retryable":true,"usedIn":["problem"]},
  already_started: {"status":409,"title":"The work has started already","retryable":false,"usedIn":["problem"]},
  already_closed: {"status":409,"title":"Nothing is left to be ended","retryable":false,"usedIn":["problem"]},
  category_open: {"status":409,"title":"A deletion of the category is running","retryable":false,"usedIn":["problem"]},
  nothing_to_retry: {"status":409,"title":"Nothing is left to be tried again","retryable":false,"usedIn":["problem"]},
  snapshot_gone: {"status":409,"title":"The user's identifiers are not kept any more","retryable":false,"usedIn":["problem"]},
  idempotency_conflict: {"status":409,"title":"The Idempotency-Key was used for another request","retryable":false,"usedIn":["problem"]},
  export_expired: {"status":410,"title":"The archive, or the link to it, has expired","retryable":false,"usedIn":["portal","problem"]},
  body_too_large: {"status":413,"title":"The body is too large","retryable":false,"usedIn":["portal","problem"]},
  unsupported_media_type: {"status":415,"title":"The media type is not supported","retryable":false,"usedIn":["portal","problem"]},
  range_not_satisfiable: {"status":416,"title":"The range lies outside the archive","retryable":false,"usedIn":["problem"]},
  rate_limited: {"status":429,"title":"Too many requests","retryable":true,"usedIn":["portal","problem"]},
  internal_error: {"status":500,"title":"Internal error","retryable":true,"usedIn":["portal","problem"]},
  unavailable: {"status":503,"title":"The service is not available","retryable":true,"usedIn":["portal","problem"]},
  auth_unavailable: {"status":503,"title":"Tickets cannot be checked now","retryable":true,"usedIn":["portal","problem"]},
  identity_unavailable: {"status":503,"title":"The user's identifiers are not available now","retryable":true,"usedIn":["portal","problem","status_entry"]},
  enqueue_failed: {"status":503,"title":"The deletion may not have been recorded","retryable":true,"usedIn":["portal"]},
  storage_full: {"status":507,"title":"There is no room for the file now","retryable":true,"usedIn":["problem"]},
  service_status_unavailable: {"status":null,"title":"A service did not tell its state","retryable":true,"usedIn":["status_entry"]},
  export_failed: {"status":null,"title":"A service failed to export its data","retryable":true,"usedIn":["part"]},
  delete_failed: {"status":null,"title":"A service failed to delete its data","retryable":true,"usedIn":["status_entry","part"]},
  predecessor_failed: {"status":null,"title":"A service that goes first has failed","retryable":true,"usedIn":["part"]},
  deadline_passed: {"status":null,"title":"The work was not done before its deadline","retryable":true,"usedIn":["part"]},
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes that can stand in `Place`. */
export type ErrorCodeIn<Place extends ErrorPlace> = {
  [Code in ErrorCode]: Place extends (typeof errorCodes)[Code]["usedIn"][number] ? Code : never;
}[ErrorCode];
