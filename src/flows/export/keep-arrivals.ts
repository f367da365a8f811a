import type { ExportAdvance } from "../../domain/export-advance.ts";
import type { Transaction } from "../../store/connect.ts";
import { replaceArchive } from "../../store/exports/archives.ts";
import type { LockedExport } from "../../store/exports/export.ts";
import { type NewExportFile, replaceFiles } from "../../store/exports/files.ts";
import { type FileNames, openFileNames } from "../../store/exports/names.ts";
import type { FlowContext } from "../context.ts";
import { blobsOf, type ExportArrival, type KeptFiles } from "./export-arrival.ts";

interface Kept {
  readonly locked: LockedExport;
  readonly next: ExportAdvance;
  readonly arrivals: readonly ExportArrival[];
}

/**
 * Keeps what was brought along and is part of what was decided.
 *
 * @returns blobs that are not needed.
 * @throws TakeoutError `unavailable`.
 */
export async function keepArrivals(
  context: FlowContext,
  tx: Transaction,
  on: Kept,
): Promise<string[]> {
  return [...(await keepFiles(context, tx, on)), ...(await keepArchive(context, tx, on))];
}

/** What closed with an answer has the files of the answer, and no others. @returns blobs that are not needed. */
async function keepFiles(
  context: FlowContext,
  tx: Transaction,
  { locked, next, arrivals }: Kept,
): Promise<string[]> {
  const garbage: string[] = [];
  for (const arrival of arrivals) {
    if (arrival.kind !== "call") continue;
    const { service } = arrival.part;
    const closed = next.changes.find(
      ({ event, part }) =>
        part.service === service && (event === "answered_data" || event === "answered_no_data"),
    );
    if (!closed) {
      garbage.push(...blobsOf(arrival));
      continue;
    }
    const names = arrival.kept && namesOf(context, locked);
    const files = arrival.kept && names ? toNewFiles(arrival.kept, service, names) : [];
    garbage.push(...(await replaceFiles(tx, locked.id, service, files)));
  }
  return garbage;
}

function namesOf(context: FlowContext, { id, key }: LockedExport): FileNames | null {
  return key && openFileNames(context.keyring, id, key);
}

function toNewFiles(
  { blobKey, files }: KeptFiles,
  service: string,
  names: FileNames,
): NewExportFile[] {
  return files.map(({ name, ...file }) => ({
    ...file,
    blobKey,
    nameHash: names.hash(service, name),
    sealedName: names.seal(service, name),
  }));
}

/** @returns blobs that are not needed: of a build that another has overtaken. */
async function keepArchive(
  context: FlowContext,
  tx: Transaction,
  { locked, next, arrivals }: Kept,
): Promise<string[]> {
  const done = arrivals.find((arrival) => arrival.kind === "step");
  if (!done?.archive) return [];
  const isRecorded = next.events.some(({ event }) => event === "step_done");
  if (!isRecorded) return [done.archive.blobKey];
  await replaceArchive(tx, locked.id, done.archive, context.rules.exportKeepMs);
  return [];
}
