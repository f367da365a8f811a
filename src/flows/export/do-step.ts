import { setTimeout } from "node:timers/promises";
import { TakeoutError } from "../../domain/errors.ts";
import type { ExportPart } from "../../domain/export-part.ts";
import { type ExportStep, stepLeaseMs } from "../../domain/export-step.ts";
import type { NewArchive } from "../../store/exports/archives.ts";
import { readExportParts } from "../../store/exports/export.ts";
import { renewStep } from "../../store/exports/leases.ts";
import { guarded } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import type { ExportTurn } from "./advance-export.ts";
import { buildArchive } from "./build-archive.ts";
import { notifyUser, pushFiles, sayDone } from "./deliver.ts";
import type { ExportArrival } from "./export-arrival.ts";

/** A step on its way. */
export interface StepRun {
  readonly export: ExportTurn["export"];
  /** As they are now: the last of them closed in the turn that claimed the step. */
  readonly parts: readonly ExportPart[];
  readonly attempt: number;
  /** Ends the step: it is not ours any more, or this process leaves. */
  readonly signal: AbortSignal;
}

/** What a step came to. `archive`: of a build. */
export type StepEnd =
  | { readonly kind: "done"; readonly archive?: NewArchive }
  | { readonly kind: "without_room" }
  | { readonly kind: "failed"; readonly code: string; readonly retryAfterMs?: number }
  | { readonly kind: "refused"; readonly code: string };

const runs: {
  readonly [Step in ExportStep]: (context: FlowContext, run: StepRun) => Promise<StepEnd>;
} = {
  build: buildArchive,
  push: pushFiles,
  done: sayDone,
  notify: notifyUser,
};

/**
 * Does one claimed step, and keeps its lease alive meanwhile.
 *
 * @returns `null` when nothing is to be recorded: somebody else is at it by now. Never throws.
 */
export async function doStep(
  context: FlowContext,
  {
    turn,
    claimed,
  }: { readonly turn: ExportTurn; readonly claimed: NonNullable<ExportTurn["claimed"]> },
): Promise<ExportArrival | null> {
  const { step, attempt } = claimed;
  const about = { export_id: turn.export.id, attempt, code: step };
  const lost = new AbortController();
  const signal = AbortSignal.any([lost.signal, context.drives.leaving]);
  const ended = new AbortController();
  const renewing = keepLease(context, { exportId: turn.export.id, attempt }, lost, ended.signal);
  try {
    const parts = await guarded(readExportParts(context.store.sql, turn.export.id));
    const end = await runs[step](context, { export: turn.export, parts, attempt, signal });
    await context.fault?.("after_answer", turn.export.id);
    if ("code" in end) context.log.warn({ ...about, code: end.code }, "a step of an export failed");
    const { archive = null, ...told } = { archive: null, ...end };
    const result = { step, attempt, ...("code" in told ? { retryAfterMs: 0, ...told } : told) };
    return { kind: "step", result, archive };
  } catch (error) {
    if (lost.signal.aborted) return null;
    if (signal.aborted)
      return { kind: "step", result: { step, attempt, kind: "given_up" }, archive: null };
    context.log.error({ ...about, error }, "a step of an export ended in a fault of our own");
    const code = error instanceof TakeoutError ? error.code : "internal_error";
    const result = { step, attempt, kind: "failed", code, retryAfterMs: 0 } as const;
    return { kind: "step", result, archive: null };
  } finally {
    ended.abort();
    await renewing;
  }
}

const renewEveryMs = stepLeaseMs / 4;

/** While the ledger is away the step goes on: whoever took it over would be at it twice, and no harm is done. */
async function keepLease(
  { store, log }: FlowContext,
  claim: { readonly exportId: string; readonly attempt: number },
  lost: AbortController,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    const isOver = await setTimeout(renewEveryMs, false, { signal: ended }).catch(() => true);
    if (isOver) return;
    try {
      if (await renewStep(store, claim, stepLeaseMs)) continue;
      lost.abort();
      return;
    } catch (error) {
      log.warn({ export_id: claim.exportId, error }, "the lease of a step could not be renewed");
    }
  }
}
