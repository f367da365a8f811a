import { mostFiles, mostInlineBytes } from "../client/export-limits.ts";
import type { FileContent } from "../client/file-content.ts";
import { createGate } from "../client/gate.ts";
import type { ExportCall } from "./call.ts";
import { checkResult, type ExportItem, type ExportResult, type JsonData } from "./export-item.ts";
import { jsonText } from "./json-text.ts";
import { describeError, type Log } from "./log.ts";
import { isFatal } from "./outcome.ts";
import { userOf } from "./status.ts";

/** One file as the handler of its item gave it: JSON that may go with the answer, or what must be uploaded. */
export type CollectedFile =
  | { item: string; name: string; kind: "json"; text: string }
  | { item: string; name: string; kind: "content"; content: FileContent };

/** What all items of an export came to. */
export type Collected =
  | { kind: "files"; files: readonly CollectedFile[] }
  | { kind: "no_data" }
  | { kind: "denied"; reason: string }
  | { kind: "fatal"; code: string; message: string }
  | { kind: "failed" };

/** What handlers are told of an export. */
export type ExportSubject = Pick<ExportCall, "user" | "jobId" | "requestId" | "deadline">;

const mostAtOnce = 4;

/** Asks every item for its data. Rejects only with the signal's reason. */
export async function collect(
  items: readonly ExportItem[],
  subject: ExportSubject,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<Collected> {
  const gate = createGate(mostAtOnce);
  const results = await Promise.all(
    items.map(
      async (item) => [item.name, await gate(() => askItem(item, subject, signal, log))] as const,
    ),
  );
  signal.throwIfAborted();
  return sumUp(results, (item, { code }) => {
    const { jobId } = subject;
    log({ level: "error", event: "export_failed", item, jobId, reason: code });
  });
}

/** Of JSON its text: what cannot be said in JSON is its item's failure. */
type ItemResult =
  | Exclude<ExportResult, JsonData>
  | { kind: "json"; text: string }
  | { kind: "failed" };

async function askItem(
  { name, handle }: ExportItem,
  subject: ExportSubject,
  signal: AbortSignal,
  log: Log,
): Promise<ItemResult> {
  const { jobId, deadline } = subject;
  try {
    signal.throwIfAborted();
    const request = { ...userOf(subject), jobId, deadline: new Date(deadline), signal };
    const result = checkResult(await handle(request));
    return result.kind === "json" ? { kind: "json", text: jsonText(result.value) } : result;
  } catch (error) {
    if (isFatal(error)) return error;
    if (!signal.aborted) {
      log({
        level: "error",
        event: "export_failed",
        item: name,
        jobId,
        error: describeError(error),
      });
    }
    return { kind: "failed" };
  }
}

type Fault = Extract<Collected, { kind: "fatal" }>;

const fileTwice: Fault = {
  kind: "fatal",
  code: "file_twice",
  message: "Two files have the same name.",
};
const tooManyFiles: Fault = {
  kind: "fatal",
  code: "too_many_files",
  message: `A service's share of an export has at most ${mostFiles} files.`,
};

/** One share is whole or has failed: a copy that lacks a part without saying so would be a false one. */
function sumUp(
  results: readonly (readonly [string, ItemResult])[],
  onFault: (item: string, fault: Fault) => void,
): Collected {
  const all = results.map(([, result]) => result);
  const fatal = all.find((result) => result.kind === "fatal");
  if (fatal) return { kind: "fatal", code: fatal.code, message: fatal.message };
  const denied = all.find((result) => result.kind === "denied");
  if (denied) return { kind: "denied", reason: denied.reason };
  if (all.some((result) => result.kind === "failed")) return { kind: "failed" };
  const files = results.flatMap(([name, result]) => filesOf(name, result));
  if (files.length === 0) return { kind: "no_data" };
  const names = new Set<string>();
  const second = files.find(({ name }) => names.size === names.add(name).size);
  const wrong = second ?? files[mostFiles];
  if (!wrong) return { kind: "files", files };
  const fault = second ? fileTwice : tooManyFiles;
  onFault(wrong.item, fault);
  return fault;
}

function filesOf(item: string, result: ItemResult): CollectedFile[] {
  if (result.kind === "json") {
    return [{ item, name: `${item}.json`, kind: "json", text: result.text }];
  }
  if (result.kind !== "files") return [];
  return result.files.map(({ name, content }) => ({ item, name, kind: "content", content }));
}

/** All files in one answer, where they are small enough to go with it. Source: contract section 7. */
export function inlineAnswer(files: readonly CollectedFile[]): string | undefined {
  const members: string[] = [];
  for (const file of files) {
    if (file.kind !== "json") return undefined;
    members.push(`${JSON.stringify(file.name)}:${file.text}`);
  }
  const text = `{"status":"ok","data":{${members.join(",")}}}`;
  return new TextEncoder().encode(text).byteLength <= mostInlineBytes ? text : undefined;
}
