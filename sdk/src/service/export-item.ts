import { checkContent, type FileContent } from "../client/file-content.ts";
import { isFileName } from "../client/file-name.ts";
import { Misuse } from "../misuse.ts";
import type { User } from "./category.ts";
import { checkJson } from "./json-text.ts";
import { type Denied, type FatalFailure, isFatal } from "./outcome.ts";

/** What an export handler is given. */
export interface ExportRequest extends User {
  /** The export; the same in every repeat. */
  jobId: string;
  /** What comes later is not taken any more. */
  deadline: Date;
  /** The portal's name for its request, where it sent one. May hide personal data: do not log it. */
  requestId?: string;
  /** Aborts at the deadline, or when the service must stop and has waited long enough. */
  signal: AbortSignal;
}

/** One file of an export. */
export interface ExportFile {
  /** 1 to 255 bytes without separators, `..` and control characters; unique in the service. */
  name: string;
  content: FileContent;
}

/** The user has nothing here. */
export interface NoData {
  kind: "no_data";
}

/** Data that fits into the memory. */
export interface JsonData {
  kind: "json";
  value: unknown;
}

/** Files, of any size and kind. */
export interface Files {
  kind: "files";
  files: readonly ExportFile[];
}

/** What an export item came to. */
export type ExportResult = NoData | JsonData | Files | Denied | FatalFailure;

/** There is nothing to export. */
export function noData(): NoData {
  return { kind: "no_data" };
}

type Forgotten = "json: give a value; did you forget await?";

/**
 * The data as the file `<item>.json`. Small data goes with the answer, more is uploaded: that is not
 * the handler's affair.
 * @param value - whatever JSON can say: no promise, function, `Map` or `Set`, at any depth.
 * @throws TypeError when it is none of that.
 */
export function json<T extends PromiseLike<unknown>>(
  // Not of `any`, which may be a value.
  value: 0 extends 1 & T ? never : T,
): Forgotten;
export function json(value: unknown): JsonData;
export function json(value: unknown): JsonData | Forgotten {
  checkJson(value);
  return { kind: "json", value };
}

/**
 * Files that are uploaded one after the other, each as it is read: none is ever held whole. A content
 * given as a function is called again if its upload has to be repeated.
 * @param files - one or more; none means that there is nothing to export.
 * @throws TypeError when a name or a content is not allowed.
 */
export function files(...files: readonly ExportFile[]): Files | NoData {
  const wrong = files.find(({ name }) => !isFileName(name));
  if (wrong) throw new Misuse("files: a name is not allowed in an export");
  for (const { content } of files) checkContent(content);
  return files.length ? { kind: "files", files } : noData();
}

/** Something a user can have a copy of. */
export interface ExportItem {
  name: string;
  handle(request: ExportRequest): Promise<ExportResult>;
}

const mostNameBytes = 250;

/**
 * Describes one thing the service exports. It needs no category: a profile can be exported although it
 * cannot be deleted. Handlers may run again for the same export.
 * @param name - names the file of `json(…)`; unique in the service.
 * @throws TypeError when the name or the handler is unusable.
 */
export function exportItem(
  name: string,
  handle: (request: ExportRequest) => ExportResult | Promise<ExportResult>,
): ExportItem {
  if (!isFileName(name) || new TextEncoder().encode(name).byteLength > mostNameBytes) {
    throw new TypeError('exportItem: give a name that a file may have, for example "profile"');
  }
  if (typeof handle !== "function") throw new TypeError(`export item ${name}: give a function`);
  return { name, handle: async (request) => handle(request) };
}

const kinds = [
  "no_data",
  "json",
  "files",
  "denied",
  "fatal",
] as const satisfies ExportResult["kind"][];

/** @throws TypeError when a handler forgot its result. */
export function checkResult(result: ExportResult | undefined): ExportResult {
  if (result && (kinds.includes(result.kind) || isFatal(result))) return result;
  throw new Misuse(`export: give a result, for example json(…), not ${typeof result}`);
}
