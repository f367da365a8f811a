import { backoffMs } from "./backoff.ts";
import type { ExportPart } from "./export-part.ts";

/** How a finished copy leaves the hub (contract 8): kept for download, or pushed to the portal's storage. */
export const deliveries = ["store", "portal"] as const;
export type Delivery = (typeof deliveries)[number];

/** What the hub does itself, once every part is closed; each done step is remembered and not repeated (S0). */
export const exportSteps = ["build", "push", "done", "notify"] as const;
export type ExportStep = (typeof exportSteps)[number];

/** Contract 8: file by file, then done, then notify. */
const stepsOf = {
  store: ["build"],
  portal: ["push", "done", "notify"],
} as const satisfies Record<Delivery, readonly ExportStep[]>;

/** @returns what comes after a step; `null`: it was the last. @param done - `null`: before the first. */
export function nextStep(delivery: Delivery, done: ExportStep | null): ExportStep | null {
  const steps: readonly ExportStep[] = stepsOf[delivery];
  return steps[done === null ? 0 : steps.indexOf(done) + 1] ?? null;
}

/** What an export came to, once nothing is left to be done (contract 8). */
export const exportClosings = ["ready", "partial", "no_data", "failed"] as const;
export type ExportClosing = (typeof exportClosings)[number];

/** What can be said when all parts are closed, if nothing goes wrong with what follows. */
export function closingOfParts(parts: readonly ExportPart[]): ExportClosing {
  const isFailed = parts.some(({ state }) => state === "export_failed");
  if (parts.some(({ state }) => state === "exported")) return isFailed ? "partial" : "ready";
  return isFailed ? "failed" : "no_data";
}

/** Files that one archive takes: of each some 1 kB stays in memory until it is written. */
export const mostArchivedFiles = 50_000;

/** Whole services whose files find no room in one archive: those that gave the fewest go first. */
export function findWithoutRoom(parts: readonly ExportPart[]): readonly ExportPart[] {
  let room = mostArchivedFiles;
  return parts
    .filter(({ state }) => state === "exported")
    .toSorted((one, other) => one.files - other.files)
    .filter(({ files }) => {
      room -= files;
      return room < 0;
    });
}

/** A step's claim: instants in ms of database time. */
export interface StepWork {
  /** A fence: raised with each claim, whatever the step. */
  readonly attempt: number;
  readonly failures: number;
  readonly dueAt: number;
  readonly leasedUntil: number | null;
}

/**
 * What a claimed step came to. `given_up`: this process leaves; nobody's failure. `without_room`: some services are to be
 * left out, and then it can be done.
 */
export type StepResult = { readonly step: ExportStep; readonly attempt: number } & (
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "given_up" }
  | { readonly kind: "without_room" }
);

/** What a lease on a step lasts without a sign of life; whoever is at it says every quarter of it that it lives. */
export const stepLeaseMs = 60_000;

const stepBackoff = { firstMs: 1_000, maxMs: 10 * 60_000 };

/** When a step that failed is tried again, in ms from now. @param random - in [0, 1). */
export function stepPauseMs(failures: number, random: number, retryAfterMs: number): number {
  return backoffMs(failures, stepBackoff, random, retryAfterMs);
}
