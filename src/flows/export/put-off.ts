import type { Transaction } from "../../store/connect.ts";
import { deferExport, type LockedExport } from "../../store/exports/export.ts";
import { hasKeyOf } from "../../store/seal.ts";
import type { FlowContext } from "../context.ts";

/** More workers lost than that in the middle of it, and the export itself is what they die of. */
const mostLosses = 20;
const poison = { ms: 10 * 60_000, tries: 5 };
const strange = { ms: 60_000, tries: 0 };

/** Puts off what had better not be driven now, and says so loudly. @returns whether it did. */
export async function putOff(
  context: FlowContext,
  tx: Transaction,
  { id, losses, key }: LockedExport,
): Promise<boolean> {
  const about = { export_id: id };
  if (losses > mostLosses) {
    context.log.error(about, "workers die of this export, put off for ten minutes");
    await deferExport(tx, id, poison);
    return true;
  }
  if (key === null || hasKeyOf(context.keyring, key)) return false;
  context.log.error(about, "this process has no secret for the export, put off for a minute");
  await deferExport(tx, id, strange);
  return true;
}
