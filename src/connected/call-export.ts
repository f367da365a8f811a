import { validateServiceExportAnswer } from "../../generated/validators.js";
import { parseKeepingNumbers } from "../domain/exact-json.ts";
import type { ExportOutcome, InlineFile } from "../domain/export-outcome.ts";
import { isFileName } from "../domain/file-name.ts";
import type { Identity } from "../domain/identity.ts";
import type { ServiceRules } from "../domain/registry.ts";
import { judgeRefusal } from "./judge-refusal.ts";
import type { ServiceClient, ServiceReply } from "./service-client.ts";
import { commonBody } from "./wire.ts";

export interface ExportOrder {
  readonly exportId: string;
  /** Ends in `/files/`. */
  readonly uploadUrl: string;
  readonly reportUid: string;
  /** In ms. */
  readonly deadlineAt: number;
  readonly identity: Identity;
  readonly takeoutRequestId: string | null;
  readonly requestId: string;
  /** Asked when the request is about to be written. */
  readonly maySend?: () => boolean;
}

/** Files that one answer may bear; as many as may be uploaded (contract 8). */
const mostInlineFiles = 10_000;

/** Asks a service for its share of an export, and judges its answer by contract 7. Never throws. */
export async function callExport(
  client: ServiceClient,
  rules: ServiceRules,
  order: ExportOrder,
): Promise<ExportOutcome> {
  const reply = await client.post({
    path: "/v1/takeout/export/",
    body: {
      ...commonBody(order.identity, rules.categories, order.takeoutRequestId),
      job_id: order.exportId,
      upload_url: order.uploadUrl,
      report_uid: order.reportUid,
      deadline: new Date(order.deadlineAt).toISOString(),
    },
    requestId: order.requestId,
    timeoutMs: rules.timeout.exportMs,
    ...(order.maySend && { maySend: order.maySend }),
    readBody: (status) => status === 200 || status === 409,
    parse: parseKeepingNumbers,
  });
  return judge(reply, order.identity);
}

function judge(reply: ServiceReply, identity: Identity): ExportOutcome {
  if (reply.kind === "no_answer") {
    // It would be as large again.
    if (reply.code === "too_large") return { kind: "refused", code: "too_large" };
    return { kind: "failed", code: reply.code, retryAfterMs: 0 };
  }
  const { status } = reply;
  if (status === 202) return { kind: "accepted" };
  if (status === 200) return readAnswer(reply);
  return judgeRefusal(reply, identity);
}

function readAnswer(reply: Extract<ServiceReply, { kind: "answer" }>): ExportOutcome {
  const unreadable = { kind: "failed", code: "unreadable", retryAfterMs: 0 } as const;
  if (!reply.isReadable || !validateServiceExportAnswer(reply.body)) return unreadable;
  if (!("data" in reply.body)) return { kind: "no_data" };
  const entries = Object.entries(reply.body.data as Record<string, unknown>);
  if (entries.length === 0) return { kind: "no_data" };
  if (entries.length > mostInlineFiles) return { kind: "refused", code: "too_many_files" };
  const good = entries.filter(([name]) => isFileName(name));
  const amiss = good.length < entries.length ? "filename_invalid" : null;
  try {
    return { kind: "data", files: good.map(toFile), amiss };
  } catch {
    return unreadable; // nested too deeply to be written again
  }
}

function toFile([name, value]: [string, unknown]): InlineFile {
  return { name, text: JSON.stringify(value) };
}
