import type { TracingClient } from "../client/client.ts";
import { mostNamed } from "../client/export-limits.ts";
import type { UploadedFile } from "../client/upload.ts";
import type { Clock } from "../clock.ts";
import { withDeadline } from "../deadline.ts";
import { isTakeoutSdkError } from "../errors.ts";
import type { WorkKind } from "../work/engine.ts";
import type { AskedExport, Told } from "../work/record.ts";
import type { Collecting } from "./collecting.ts";
import type { Collected, CollectedFile } from "./export-collect.ts";
import { describeError, type Log } from "./log.ts";

const mostWorkMs = 7 * 24 * 60 * 60_000;
// After that it is for the hub to say whether it is tried again.
const uploadGiveUpMs = 60 * 60_000;
// The hub takes 64 KiB (contract section 2); all that stands beside the names is far below the rest.
const mostNamedBytes = 60 * 1024;

/** Exports that cannot go with an answer, as work that is reported. */
export function createExportWork(context: {
  /** What the items gave: for this work, or for a call that has asked them already. */
  collecting: Pick<Collecting, "take" | "forget">;
  client: TracingClient;
  clock: Clock;
  log: Log;
}): WorkKind<AskedExport> {
  const { collecting, client, clock, log } = context;

  const run: WorkKind<AskedExport>["run"] = async (asked, { signal }) => {
    const leftMs = Date.parse(asked.deadline) - clock.now();
    if (leftMs <= 0) return failed("deadline_passed", "The deadline has passed.", false);
    // The item at work: a file's own name may name a person.
    const at: { item?: string } = {};
    try {
      const told = await withDeadline(signal, Math.min(leftMs, mostWorkMs), (until) =>
        collecting.take(asked, until, (collected) => toldOf(asked, collected, until, at)),
      );
      log({ level: "info", event: "export_finished", jobId: asked.jobId, reason: told.state });
      return told;
    } catch (error) {
      signal.throwIfAborted();
      log({
        level: "error",
        event: "export_failed",
        jobId: asked.jobId,
        ...at,
        error: describeError(error),
      });
      return isTakeoutSdkError(error)
        ? failed(error.code, "The files could not be uploaded.", error.retryable)
        : failed("export_failed", "The service could not export.", true);
    }
  };

  async function toldOf(
    asked: AskedExport,
    collected: Collected,
    signal: AbortSignal,
    at: { item?: string },
  ): Promise<Told> {
    switch (collected.kind) {
      case "no_data":
        return { state: "no_data" };
      case "denied":
        return failed("delete_denied", "The service refuses to export.", false);
      case "fatal":
        return failed(collected.code, collected.message, false);
      case "failed":
        return failed("export_failed", "The service could not export.", true);
      case "files":
        return { state: "exported", files: await uploadAll(asked, collected.files, signal, at) };
    }
  }

  async function uploadAll(
    { uploadUrl, trace }: AskedExport,
    files: readonly CollectedFile[],
    signal: AbortSignal,
    at: { item?: string },
  ) {
    const uploaded: UploadedFile[] = [];
    for (const file of files) {
      at.item = file.item;
      const content = file.kind === "json" ? file.text : file.content;
      const upload = { uploadUrl, name: file.name, content };
      uploaded.push(await client.upload(upload, { trace, signal, giveUpAfterMs: uploadGiveUpMs }));
    }
    return namedOf(uploaded);
  }

  return {
    keyOf: ({ jobId }) => `export ${jobId}`,
    usersOf: () => [],
    run,
    lost: () =>
      failed("process_lost", "The work ended the service's process again and again.", true),
    report(asked, told, signal) {
      // A call that came too late for the work has asked the handlers for nothing.
      collecting.forget(asked.jobId);
      return client.reportExportOnce(bodyOf(asked, told), asked.trace, signal);
    },
    // What was uploaded is gone at the hub: to say once more that all is there would be a lie.
    isUndone: (_, { code }) => code === "file_missing",
    onGivenUp: ({ jobId }, error) =>
      log({
        level: "error",
        event: "report_failed",
        jobId,
        reason: error.code,
        error: describeError(error),
      }),
  };
}

/** As many as a report has room for: whatever was uploaded belongs to the export, named or not. */
function namedOf(uploaded: readonly UploadedFile[]): UploadedFile[] {
  const named: UploadedFile[] = [];
  let bytes = 0;
  for (const file of uploaded) {
    bytes += new TextEncoder().encode(`${JSON.stringify(file)},`).byteLength;
    if (bytes > mostNamedBytes || named.length === mostNamed) break;
    named.push(file);
  }
  return named;
}

type Body = Parameters<TracingClient["reportExportOnce"]>[0];

function bodyOf({ reportUid, jobId }: AskedExport, told: Told): Body {
  // What is kept was told by toldOf.
  return { ...told, yandex_uid: reportUid, job_id: jobId } as Body;
}

function failed(code: string, message: string, retriable: boolean): Told {
  return { state: "export_failed", error: { code, message }, retriable };
}
