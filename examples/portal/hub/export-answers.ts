import type { Called } from "../outgoing.ts";
import { listOf, type Refusal, readData, refusal, toInstant, toText } from "./answers.ts";

export type ExportState =
  | "queued"
  | "running"
  | "ready"
  | "partial"
  | "no_data"
  | "failed"
  | "expired";

/** One service's share of a copy. */
export interface ExportPart {
  readonly service: string;
  readonly state: string;
  readonly files: number;
  readonly bytes: number;
  readonly errorCode: string | null;
}

/** How far a copy is, as the hub says. */
export interface Export {
  readonly kind: "ok";
  readonly jobId: string;
  readonly state: ExportState;
  readonly expiresAt: Date | null;
  readonly parts: readonly ExportPart[];
}

const states: ReadonlySet<unknown> = new Set<ExportState>([
  ...(["queued", "running", "ready", "partial", "no_data", "failed", "expired"] as const),
]);
/** As the hub makes them; whatever else it may say is no name of a folder. */
export const jobPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The job that collects the copy, a new one or the one that runs already. */
export function readJob(called: Called): { readonly kind: "ok"; readonly jobId: string } | Refusal {
  const data = readData(called);
  if (data.kind === "refused") return data;
  const jobId = toText(data.value.job_id);
  return jobId !== null && jobPattern.test(jobId) ? { kind: "ok", jobId } : refusal("unreadable");
}

export function readExport(called: Called): Export | Refusal {
  const data = readData(called);
  if (data.kind === "refused") return data;
  const { job_id: jobId, state, expires_at: expiresAt, parts } = data.value;
  if (typeof jobId !== "string" || !states.has(state)) return refusal("unreadable");
  return {
    kind: "ok",
    jobId,
    state: state as ExportState,
    expiresAt: toInstant(expiresAt),
    parts: listOf(parts).map((part) => ({
      service: toText(part.service) ?? "",
      state: toText(part.state) ?? "",
      files: toCount(part.files),
      bytes: toCount(part.bytes),
      errorCode: toText(Object(part.error).code),
    })),
  };
}

/** Where the archive can be had for a few minutes. Only an address of the web is one. */
export function readLink(called: Called): { readonly kind: "ok"; readonly url: string } | Refusal {
  const data = readData(called);
  if (data.kind === "refused") return data;
  const url = URL.parse(String(data.value.url));
  return url && /^https?:$/.test(url.protocol)
    ? { kind: "ok", url: url.href }
    : refusal("unreadable");
}

function toCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}
