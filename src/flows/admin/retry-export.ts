import { TakeoutError } from "../../domain/errors.ts";
import { advanceExport } from "../../domain/export-advance.ts";
import { type ExportRetry, planExportRetry } from "../../domain/export-retry.ts";
import type { ShownExport } from "../../domain/shown-export.ts";
import type { Transaction } from "../../store/connect.ts";
import {
  type LockedExport,
  lockExport,
  lockUserOfExport,
  reopenExport,
  writeExport,
} from "../../store/exports/export.ts";
import { readExports } from "../../store/exports/read.ts";
import type { FlowContext } from "../context.ts";
import { type Act, performAct } from "./act.ts";

/**
 * Has what failed of an export tried again, under the same job. The archive that there is stays until a new one
 * replaces it.
 *
 * @throws TakeoutError `not_found`, `nothing_to_retry`, `snapshot_gone`, `export_running`, and as `performAct`.
 * Source: contract 8 and 10.
 */
export async function retryExport(
  context: FlowContext,
  { act, exportId }: { readonly act: Act; readonly exportId: string },
): Promise<ShownExport> {
  return await performAct(context, act, async (tx) => {
    await reopen(context, tx, exportId);
    const [shown] = await readExports(tx, [exportId]);
    if (!shown) throw new TakeoutError("not_found");
    return { result: shown, target: exportId };
  });
}

async function reopen(context: FlowContext, tx: Transaction, exportId: string): Promise<void> {
  const user = await lockUserOfExport(tx, exportId);
  if (user === null) throw new TakeoutError("not_found");
  const locked = await lockExport(tx, exportId);
  if (locked === null) throw new TakeoutError("not_found");
  const { exportDeadlineMs } = context.rules;
  const retry = plan(context, locked);
  if (isGone(locked, retry)) throw new TakeoutError("snapshot_gone");
  if (user.isRunning) throw new TakeoutError("export_running");
  const next = advanceExport(retry.view, retry.changes, null, {
    registry: context.registry,
    now: locked.now,
    random: context.random(),
    deadlineMs: exportDeadlineMs,
    access: null,
    hasTime: false,
  });
  await reopenExport(tx, exportId, exportDeadlineMs);
  const events = [...retry.events, ...next.events];
  await writeExport(tx, locked, { ...next, events, closing: null, leasedBy: null });
}

/**
 * What has expired, or was kept long enough, cannot be called for any more. Files go in batches, so some may be gone as
 * soon as their time has come.
 */
function isGone(
  { key, sealed, isExpired, purgeAt, now }: LockedExport,
  retry: ExportRetry,
): boolean {
  const isPurged = key === null || (purgeAt !== null && purgeAt <= now);
  return isPurged || isExpired || (retry.changes.length > 0 && sealed === null);
}

function plan({ registry, rules }: FlowContext, locked: LockedExport): ExportRetry {
  const isKnown = (service: string) => registry.findService(service)?.export === true;
  const retry =
    locked.closedAt === null
      ? null
      : planExportRetry(locked, locked.now, rules.exportDeadlineMs, isKnown);
  if (retry === null) throw new TakeoutError("nothing_to_retry");
  return retry;
}
