export type ArchiveErrorCode = "content_mismatch" | "file_missing" | "too_many_files";

/** The archive cannot be made of these files. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
