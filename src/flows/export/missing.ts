import type { ExportPart } from "../../domain/export-part.ts";

/** What a copy lacks, and why: services that failed, and files whose names are not allowed. */
export function missingOf(
  parts: readonly ExportPart[],
): { readonly service: string; readonly reason: string }[] {
  return parts.flatMap(({ service, state, errorCode }) => {
    if (state === "export_failed") return [{ service, reason: errorCode ?? "export_failed" }];
    return state === "exported" && errorCode !== null ? [{ service, reason: errorCode }] : [];
  });
}
