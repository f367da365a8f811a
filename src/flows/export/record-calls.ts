import { applyExportOutcome } from "../../domain/export-outcome.ts";
import type { ExportPartChange } from "../../domain/export-part.ts";
import type { Transaction } from "../../store/connect.ts";
import type { LockedExport } from "../../store/exports/export.ts";
import { findOpenBreakers } from "../../store/service-states.ts";
import type { FlowContext } from "../context.ts";
import type { ExportArrival } from "./export-arrival.ts";

/** What the calls that came back change in their parts. @throws TakeoutError `unavailable`. */
export async function recordCalls(
  context: FlowContext,
  tx: Transaction,
  locked: LockedExport,
  arrivals: readonly ExportArrival[],
): Promise<ExportPartChange[]> {
  const isExcused = await findExcused(tx, arrivals);
  return arrivals.flatMap((arrival) => record(context, locked, arrival, isExcused));
}

/** A failure counts only while the service's breaker is closed; the ledger knows that best. */
async function findExcused(
  tx: Transaction,
  arrivals: readonly ExportArrival[],
): Promise<(service: string) => boolean> {
  const failed = arrivals.flatMap((it) =>
    it.kind === "call" && it.outcome.kind === "failed" ? [it.part.service] : [],
  );
  if (failed.length === 0) return () => false;
  const open = await findOpenBreakers(tx, failed);
  return (service) => open.has(service);
}

function record(
  context: FlowContext,
  locked: LockedExport,
  arrival: ExportArrival,
  isExcused: (service: string) => boolean,
): ExportPartChange[] {
  if (arrival.kind === "step") return [];
  const { service, attempt } = arrival.part;
  const rules = context.registry.findService(service);
  const part = locked.parts.find((row) => row.service === service);
  if (!rules || !part) return [];
  const change = applyExportOutcome(part, attempt, arrival.outcome, {
    rules,
    now: locked.now,
    random: context.random(),
    isExcused: isExcused(service),
  });
  return change ? [change] : [];
}
