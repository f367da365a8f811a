import { BlobError } from "../../blobs/blob-store.ts";
import type { PortalStorage, StorageReply } from "../../channels/portal-storage.ts";
import { closingOfParts } from "../../domain/export-step.ts";
import { hasAllFiles, markDelivered, readExportFiles } from "../../store/exports/files.ts";
import { openFileNames } from "../../store/exports/names.ts";
import type { FlowContext } from "../context.ts";
import { openFile } from "./build-archive.ts";
import type { StepEnd, StepRun } from "./do-step.ts";
import { storageCode } from "./keep-inline.ts";
import { missingOf } from "./missing.ts";

/** The portal that asked is configured no longer, or keeps nothing itself. */
const noStorage = { kind: "failed", code: "no_portal_storage" } as const;

/**
 * Pushes file by file what the portal's storage does not have yet; each that it took is remembered at once.
 *
 * Source: contract 8, S0.
 */
export async function pushFiles(context: FlowContext, run: StepRun): Promise<StepEnd> {
  const { id, key } = run.export;
  const storage = storageOf(context, run);
  if (!storage) return noStorage;
  if (key === null) return { kind: "refused", code: "snapshot_gone" };
  const names = openFileNames(context.keyring, id, key);
  for await (const file of readExportFiles(context.store, id, { toDeliver: true })) {
    run.signal.throwIfAborted();
    const { service, bytes, sha256 } = file;
    const name = names.open(service, file.sealedName);
    try {
      const body = openWhenRead(() => openFile(context, file, run.signal));
      const pushed = { service, name, bytes, sha256, body };
      const reply = await storage.storeFile(id, pushed, run.signal);
      if (reply.kind !== "done") return reply;
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof BlobError)) throw error;
      return { kind: "failed", code: storageCode(error) };
    }
    await context.fault?.("after_answer", id);
    await markDelivered(context.store, file.seq);
    await context.fault?.("after_record", id);
  }
  const isWhole = await hasAllFiles(context.store, id);
  return isWhole ? { kind: "done" } : { kind: "refused", code: "file_missing" };
}

/** What is never read is never opened, and need not be closed. */
async function* openWhenRead(
  open: () => Promise<ReadableStream<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  yield* await open();
}

/** Says that all files are there, and what is missing. */
export async function sayDone(context: FlowContext, run: StepRun): Promise<StepEnd> {
  const { parts } = run;
  const given = parts.filter(({ state, files }) => state === "exported" && files > 0);
  const body = {
    state: closingOfParts(parts),
    services: given.map(({ service, files, bytes }) => ({ service, files, bytes })),
    missing: missingOf(parts),
  };
  return await tell(context, run, (storage) => storage.finish(run.export.id, body, run.signal));
}

/** Has the portal tell the user. */
export async function notifyUser(context: FlowContext, run: StepRun): Promise<StepEnd> {
  const { id } = run.export;
  return await tell(context, run, (storage) => storage.notify(id, run.signal));
}

async function tell(
  context: FlowContext,
  run: StepRun,
  say: (storage: PortalStorage) => Promise<StorageReply>,
): Promise<StepEnd> {
  const storage = storageOf(context, run);
  if (!storage) return noStorage;
  return await say(storage);
}

function storageOf(context: FlowContext, run: StepRun): PortalStorage | undefined {
  return context.storages.get(run.export.portal);
}
