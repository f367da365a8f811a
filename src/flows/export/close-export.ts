import type { ExportAdvance } from "../../domain/export-advance.ts";
import type { ExportCloses, LockedExport } from "../../store/exports/export.ts";

/**
 * What an export's closing means for what is kept of it: the identity and the services' files stay for as long as an
 * operator may have what failed tried again.
 *
 * @param keepMs - `export.keep`.
 */
export function closeExport(
  { now, state: before }: LockedExport,
  { state: closed }: NonNullable<ExportAdvance["closing"]>,
  keepMs: number,
): ExportCloses {
  // A retry that came to nothing leaves the copy that there was.
  const state = closed === "failed" && before === "partial" ? before : closed;
  const isWhole = state === "ready" || state === "no_data";
  return {
    state,
    sealedUntil: isWhole ? null : now + keepMs,
    purgeAt: isWhole ? now : now + keepMs,
  };
}
