import { TakeoutError } from "../../domain/errors.ts";
import { advanceExport as advance } from "../../domain/export-advance.ts";
import { decideExportReport, type ExportReport } from "../../domain/export-outcome.ts";
import type { Transaction } from "../../store/connect.ts";
import { type LockedExport, lockExport, writeExport } from "../../store/exports/export.ts";
import { findMissingFiles, replaceFiles } from "../../store/exports/files.ts";
import { openFileNames } from "../../store/exports/names.ts";
import { isExportAbout } from "../../store/exports/read.ts";
import { hasKeyOf } from "../../store/seal.ts";
import { transact } from "../../store/transaction.ts";
import type { FlowContext } from "../context.ts";
import { closeExport } from "./close-export.ts";
import { discardBlobs } from "./discard-blobs.ts";

export interface ExportReportInput {
  readonly exportId: string;
  readonly uid: string;
  /** The caller's own name. */
  readonly service: string;
  readonly report: ExportReport;
  /** Files that must be there. */
  readonly files: readonly { readonly name: string; readonly sha256: string | null }[];
}

/**
 * Records what a service says of its part of an export. Repeats change nothing.
 *
 * @throws TakeoutError `not_found`, `file_missing`, `part_closed` (final for the sender), `unavailable`.
 * Source: contract 8, and 6 for repeats.
 */
export async function recordExportReport(
  context: FlowContext,
  input: ExportReportInput,
): Promise<void> {
  const garbage = await transact(context.store, (tx) => record(context, tx, input));
  await discardBlobs(context, garbage);
}

async function record(
  context: FlowContext,
  tx: Transaction,
  input: ExportReportInput,
): Promise<readonly string[]> {
  const { exportId, uid, service, report } = input;
  const locked = await lockExport(tx, exportId);
  const part = locked?.parts.find((row) => row.service === service);
  const isHis = await isExportAbout(tx, exportId, context.subjects.allOf(uid));
  // An answer never says whether it is the user or the job that is not known.
  if (!locked || !part || part.attempt === 0 || !isHis) throw new TakeoutError("not_found");
  const { now } = locked;
  const rules = context.registry.findService(service);
  const decision = decideExportReport(
    part,
    report,
    rules ? { rules, now, random: context.random() } : null,
    { now, isBegun: locked.step !== null || locked.closedAt !== null },
  );
  if (decision.kind === "closed") throw new TakeoutError("part_closed");
  if (decision.kind === "recorded") return [];
  if (report.state === "exported") await checkFiles(context, tx, locked, input);
  const next = advance(locked, [decision.change], null, {
    registry: context.registry,
    now,
    random: context.random(),
    deadlineMs: context.rules.exportDeadlineMs,
    access: null,
    hasTime: false,
  });
  const closing = next.closing && closeExport(locked, next.closing, context.rules.exportKeepMs);
  await writeExport(tx, locked, { ...next, closing, leasedBy: null });
  return report.state === "no_data" ? await replaceFiles(tx, exportId, service, []) : [];
}

async function checkFiles(
  context: FlowContext,
  tx: Transaction,
  { id, key }: LockedExport,
  { service, files }: ExportReportInput,
): Promise<void> {
  if (files.length === 0 || key === null) return;
  // In a rotation another process may have sealed it by a secret of its own.
  if (!hasKeyOf(context.keyring, key)) throw new TakeoutError("unavailable");
  const names = openFileNames(context.keyring, id, key);
  const hashed = files.map(({ name, sha256 }) => ({ nameHash: names.hash(service, name), sha256 }));
  if ((await findMissingFiles(tx, id, service, hashed)) > 0) throw new TakeoutError("file_missing");
}
