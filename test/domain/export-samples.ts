import type { ExportPart } from "../../src/domain/export-part.ts";

export function exportPartOf(fields: Partial<ExportPart> = {}): ExportPart {
  return {
    service: "rides",
    state: "due",
    attempt: 0,
    failures: 0,
    asks: 0,
    dueAt: 0,
    leasedUntil: null,
    parkedAt: null,
    closedAt: null,
    errorCode: null,
    files: 0,
    bytes: 0,
    ...fields,
  };
}
