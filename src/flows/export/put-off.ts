import { endOfWork } from "../../domain/export-advance.ts";
import type { Transaction } from "../../store/connect.ts";
import { deferExport, type LockedExport } from "../../store/exports/export.ts";
import { hasKeyOf } from "../../store/seal.ts";
import type { FlowContext } from "../context.ts";

/** More workers lost than that in the middle of it, and the export itself is what they die of. */
const mostLosses = 20;

/** Why an export had better not be driven now. */
export interface Hindrance {
  readonly code: "workers_lost" | "secret_missing";
  readonly says: string;
  /** How long it is put off. */
  readonly ms: number;
  /** Each time that it comes back it has a few more. */
  readonly tries: number;
}

const poison: Hindrance = {
  code: "workers_lost",
  says: "workers die of this export, put off for ten minutes",
  ms: 10 * 60_000,
  tries: 5,
};
const strange: Hindrance = {
  code: "secret_missing",
  says: "this process has no secret for the export, put off for a minute",
  ms: 60_000,
  tries: 0,
};

/** @returns `null`: nothing hinders it. @param isNews - whether something came of it just now. */
export function findHindrance(
  { keyring }: FlowContext,
  { losses, key }: LockedExport,
  isNews: boolean,
): Hindrance | null {
  if (losses > mostLosses && !isNews) return poison;
  return key === null || hasKeyOf(keyring, key) ? null : strange;
}

/** Puts off what is hindered, and says so loudly. @returns whether it did: what has no time left is to end. */
export async function putOff(
  { log, rules }: FlowContext,
  tx: Transaction,
  locked: LockedExport,
  by: Hindrance,
): Promise<boolean> {
  const { id, now } = locked;
  if (now >= endOfWork(locked, now, rules.exportDeadlineMs)) return false;
  log.error({ export_id: id, code: by.code }, by.says);
  await deferExport(tx, id, by);
  return true;
}
