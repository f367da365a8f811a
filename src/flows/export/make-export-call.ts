import { randomUUID } from "node:crypto";
import { callExport } from "../../connected/call-export.ts";
import { isUnsent } from "../../connected/service-client.ts";
import type { ExportOutcome } from "../../domain/export-outcome.ts";
import { sendWithinMs } from "../../domain/plan.ts";
import type { FlowContext } from "../context.ts";
import type { ClaimedExportCall, ExportTurn } from "./advance-export.ts";
import type { ExportArrival } from "./export-arrival.ts";
import { keepInline } from "./keep-inline.ts";

interface CallInput {
  readonly turn: ExportTurn;
  readonly claimed: ClaimedExportCall;
}

/**
 * Makes one claimed call, keeps the files that come with its answer, and gives back its room.
 *
 * @returns `null` when nothing is to be recorded: it was not sent because too little of its lease was left, or it ended
 * in a fault of our own. Its part is called again when the lease has run out. Never throws.
 */
export async function makeExportCall(
  context: FlowContext,
  { turn, claimed }: CallInput,
): Promise<ExportArrival | null> {
  const { part, slot } = claimed;
  const { service, attempt } = part;
  const about = { export_id: turn.export.id, service, attempt };
  try {
    await context.fault?.("before_send", turn.export.id);
    // From the lease's own moment: however long the claim waited for its turn, that took nothing of it.
    const maySend = () => performance.now() - turn.export.nowAfter <= sendWithinMs;
    if (!maySend()) return null;
    const beganAt = performance.now();
    const outcome = await send(context, turn, service, maySend);
    if (outcome === null || wasNeverSent(outcome)) return null;
    await context.fault?.("after_answer", turn.export.id);
    const seconds = (performance.now() - beganAt) / 1000;
    context.metrics.serviceCalled(service, "export", outcome.kind, seconds);
    if (outcome.kind !== "data") {
      logFailure(context, about, outcome);
      return { kind: "call", part, outcome, kept: null };
    }
    const kept = await keepInline(context, outcome.files);
    if (kept.kind === "kept") return { kind: "call", part, outcome, kept };
    context.log.error({ ...about, code: kept.code }, "files of an answer could not be kept");
    return { kind: "call", part, outcome: { kind: "not_kept", code: kept.code }, kept: null };
  } catch (error) {
    context.log.error({ ...about, error }, "call ended in a fault of our own");
    return null;
  } finally {
    slot.release();
  }
}

async function send(
  context: FlowContext,
  { export: { id, deadlineAt }, snapshot }: ExportTurn,
  service: string,
  maySend: () => boolean,
): Promise<ExportOutcome | null> {
  const rules = context.registry.findService(service);
  const client = context.services.get(service)?.exports;
  if (!rules || !client || !snapshot) return null;
  return await callExport(client, rules, {
    exportId: id,
    uploadUrl: `${context.rules.publicUrl}/takeout/exports/${id}/files/`,
    reportUid: snapshot.reportUid,
    deadlineAt,
    identity: snapshot.identity,
    takeoutRequestId: snapshot.requestId,
    requestId: randomUUID(),
    maySend,
  });
}

/** Nobody's failure but our own, and not to be counted. */
function wasNeverSent(outcome: ExportOutcome): boolean {
  return outcome.kind === "failed" && isUnsent(outcome.code);
}

function logFailure(
  context: FlowContext,
  about: { export_id: string; service: string; attempt: number },
  outcome: ExportOutcome,
): void {
  if (outcome.kind === "refused") {
    context.log.error({ ...about, code: outcome.code }, "service refused an export");
  } else if (outcome.kind === "failed") {
    context.log.warn({ ...about, code: outcome.code }, "call failed, to be tried again");
  }
}
