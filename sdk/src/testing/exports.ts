import type { ExportStatusReport } from "../client/client.ts";
import { mostFiles, mostInlineBytes, mostNamed } from "../client/export-limits.ts";
import { isFileName } from "../client/file-name.ts";
import { Refusal } from "../service/problem.ts";
import { isFinal } from "./answers.ts";
import {
  type Body,
  type Check,
  errorFields,
  isBoolean,
  isName,
  isOneOf,
  isText,
  isUid,
  readFields,
} from "./fields.ts";

/** An export that the service was asked for. */
export interface TestExport {
  readonly jobId: string;
  /** The status of the last answer. */
  readonly status: number;
  /** `calling` until the service has answered, `awaiting_files` until it has reported. */
  readonly state: "calling" | "awaiting_files" | "exported" | "no_data" | "export_failed";
  /** By their names: what was uploaded, or came with the answer. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly error?: { code: string; message: string };
  readonly retriable?: boolean;
  /** A file as text. Throws when there is none. */
  text(name: string): string;
  /** Resolves when it has its end. Rejects after 10 s, or what is given. */
  ended(withinMs?: number): Promise<TestExport>;
  /** Calls once more, as the hub does when no answer came. */
  callAgain(): Promise<TestExport>;
}

/** What is kept of an export. */
export interface KeptExport {
  jobId: string;
  uids: readonly string[];
  status: number;
  state: TestExport["state"];
  files: Map<string, Uint8Array>;
  error?: { code: string; message: string };
  retriable?: boolean;
}

/**
 * Takes one file.
 * @throws Refusal as the hub refuses. Source: contract section 8.
 */
export async function keepFile(
  kept: KeptExport | undefined,
  file: { name: string; bytes: Uint8Array<ArrayBuffer>; digest: string | null },
): Promise<{ bytes: number; sha256: string }> {
  if (!kept) throw new Refusal("not_found");
  if (!isFileName(file.name)) throw new Refusal("filename_invalid");
  if (isClosed(kept)) throw new Refusal("part_closed");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file.bytes));
  const asked = /(?:^|,)\s*sha-256=:([^:]*):/.exec(file.digest ?? "")?.[1];
  if (asked !== undefined && asked !== btoa(String.fromCharCode(...digest))) {
    throw new Refusal("digest_mismatch");
  }
  if (!kept.files.has(file.name) && kept.files.size >= mostFiles)
    throw new Refusal("too_many_files");
  kept.files.set(file.name, file.bytes);
  return { bytes: file.bytes.byteLength, sha256: hex(digest) };
}

const isClosed = ({ state }: KeptExport) => state !== "calling" && state !== "awaiting_files";

type Report = ExportStatusReport & { service: string };

const isFile: Check = (value) => {
  const { name, sha256, ...more } = (value ?? {}) as Body;
  const isDigest = sha256 === undefined || /^[0-9a-f]{64}$/.test(String(sha256));
  return isText(255)(name) && isDigest && Object.keys(more).length === 0;
};
const isFileList: Check = (value) =>
  Array.isArray(value) && value.length <= mostNamed && value.every(isFile);

/** @throws Refusal as the hub refuses. Source: contract section 8. */
export function readExportReport(json: unknown, service: string): Report {
  const report = readFields(json, {
    required: {
      yandex_uid: isUid,
      job_id: isName(64),
      service: isText(64),
      state: isOneOf("exported", "no_data", "export_failed"),
    },
    optional: { files: isFileList, error: errorFields, retriable: isBoolean },
  }) as unknown as Report;
  if (report.service !== service) throw new Refusal("service_mismatch");
  return report;
}

/** @throws Refusal `not_found`, `file_missing`, `part_closed`. */
export async function applyExportReport(
  kept: KeptExport | undefined,
  { yandex_uid, state, files = [], error, retriable }: Report,
): Promise<void> {
  if (!kept?.uids.includes(yandex_uid)) throw new Refusal("not_found");
  if (isClosed(kept)) {
    if (state === "export_failed" || kept.state === state) return;
    if (kept.state !== "export_failed") throw new Refusal("part_closed");
  }
  for (const { name, sha256 } of files) {
    const bytes = kept.files.get(name) as Uint8Array<ArrayBuffer> | undefined;
    if (!bytes) throw new Refusal("file_missing");
    const has = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    if (sha256 !== undefined && sha256 !== has) throw new Refusal("file_missing");
  }
  kept.state = state;
  if (state === "export_failed") {
    Object.assign(kept, {
      retriable: retriable ?? true,
      ...(error && { error: { message: "", ...error } }),
    });
  }
}

/** What the answer of an export call changes. Source: contract section 7. */
export async function applyExportAnswer(kept: KeptExport, answer: Response): Promise<void> {
  kept.status = answer.status;
  if (kept.state !== "calling") return;
  const text = await answer.text();
  const fail = (code: string, retriable: boolean) => {
    Object.assign(kept, { state: "export_failed", retriable, error: { code, message: "" } });
  };
  if (answer.status === 202) {
    kept.state = "awaiting_files";
    return;
  }
  if (answer.status !== 200) {
    return fail(codeIn(text) ?? `http_${answer.status}`, !isFinal(answer));
  }
  if (new TextEncoder().encode(text).byteLength > mostInlineBytes) return fail("too_large", false);
  const { status, data } = JSON.parse(text) as { status: string; data?: Record<string, unknown> };
  kept.state = status === "no_data" ? "no_data" : "exported";
  for (const [name, value] of Object.entries(data ?? {})) {
    // The hub leaves such a file out, and says so in the copy.
    if (isFileName(name)) kept.files.set(name, new TextEncoder().encode(JSON.stringify(value)));
  }
}

function codeIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { code?: string }).code;
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
