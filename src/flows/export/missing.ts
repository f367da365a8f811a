import type { ExportPart } from "../../domain/export-part.ts";

/** What a copy lacks, and why: services that failed, or say that they gave files of which none is there, and bad names. */
export function missingOf(
  parts: readonly ExportPart[],
): { readonly service: string; readonly reason: string }[] {
  return parts.flatMap(({ service, state, files, errorCode }) => {
    if (state === "export_failed") return [{ service, reason: errorCode ?? "export_failed" }];
    const amiss = errorCode ?? (files === 0 ? "file_missing" : null);
    return state === "exported" && amiss !== null ? [{ service, reason: amiss }] : [];
  });
}
