import type { ExportOutcome } from "../../domain/export-outcome.ts";
import type { ExportPart } from "../../domain/export-part.ts";
import type { StepResult } from "../../domain/export-step.ts";
import type { NewArchive } from "../../store/exports/archives.ts";
import type { NewExportFile } from "../../store/exports/files.ts";

/** What something that was claimed for an export came to. */
export type ExportArrival =
  | {
      readonly kind: "call";
      readonly part: ExportPart;
      readonly outcome: ExportOutcome;
      /** What came with the answer, as it is kept. */
      readonly kept: KeptFiles | null;
    }
  | {
      readonly kind: "step";
      readonly result: StepResult;
      /** Of a build that is done. */
      readonly archive: NewArchive | null;
    };

/** Files that lie in one blob. */
export interface KeptFiles {
  readonly blobKey: string;
  readonly files: readonly (Omit<NewExportFile, "nameHash" | "sealedName" | "blobKey"> & {
    readonly name: string;
  })[];
}

/** Blobs that it brought along. */
export function blobsOf(arrival: ExportArrival): string[] {
  const key = arrival.kind === "call" ? arrival.kept?.blobKey : arrival.archive?.blobKey;
  return key === undefined ? [] : [key];
}
