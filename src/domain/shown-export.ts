import type { ExportPartState } from "./export-part.ts";
import type { Delivery, ExportClosing, ExportStep } from "./export-step.ts";

/** What the portal and operators are shown of an export (contract 8 and 10). Instants in ms of database time. */

export const exportStates = ["queued", "running", "expired"] as const;
export type ExportState = (typeof exportStates)[number] | ExportClosing;

export interface ShownExport {
  readonly id: string;
  readonly state: ExportState;
  readonly delivery: Delivery;
  readonly step: ExportStep | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  /** Until when there is an archive to be had. */
  readonly expiresAt: number | null;
  /** What a link leads to. */
  readonly archiveId: string | null;
  /** When the step is tried again. */
  readonly nextAt: number | null;
  readonly errorCode: string | null;
  readonly parts: readonly ShownExportPart[];
}

export interface ShownExportPart {
  readonly service: string;
  readonly state: ExportPartState;
  readonly attempt: number;
  readonly files: number;
  readonly bytes: number;
  readonly errorCode: string | null;
  /** When the hub does the next thing for it by itself. */
  readonly nextAt: number | null;
}

export interface ShownExportEvent {
  readonly at: number;
  /** `null`: the export as a whole. */
  readonly service: string | null;
  readonly attempt: number;
  readonly event: string;
  readonly state: string;
  readonly source: string;
  readonly errorCode: string | null;
}

/** What the state follows from. */
export interface ExportStanding {
  readonly closedAt: number | null;
  /** What it came to when it closed last; it may be open again since. */
  readonly closedAs: ExportClosing | null;
  readonly isExpired: boolean;
  readonly expiresAt: number | null;
  /** Whether some service was called. */
  readonly isBegun: boolean;
}

/**
 * The state of an export as everybody is shown it. While what failed is tried again, it stays what it was: the copy that
 * there is can be had all the time.
 */
export function exportStateOf(standing: ExportStanding, now: number): ExportState {
  const { closedAt, closedAs, expiresAt, isBegun } = standing;
  const isOver = standing.isExpired || (expiresAt !== null && expiresAt <= now);
  if (closedAt !== null && closedAs !== null) return isOver ? "expired" : closedAs;
  if (closedAs === "partial" && !isOver) return closedAs;
  return isBegun ? "running" : "queued";
}
