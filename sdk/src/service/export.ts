import { checkUploadUrl } from "../client/upload.ts";
import type { Engine } from "../work/engine.ts";
import type { AskedExport } from "../work/record.ts";
import type { ExportCall } from "./call.ts";
import type { Category } from "./category.ts";
import type { Collecting } from "./collecting.ts";
import type { CallTrace } from "./delete.ts";
import { type Collected, inlineAnswer } from "./export-collect.ts";
import { describeError, type Log } from "./log.ts";
import { denialResponse, fatalResponse, problemResponse, Refusal, unavailable } from "./problem.ts";

/** What an export needs of the service around it. */
export interface ExportContext {
  categories: ReadonlyMap<string, Category>;
  hubUrl: string;
  answerWithinMs: number;
  engine: Pick<Engine<AskedExport>, "accept">;
  collecting: Collecting;
  /** Whether the work behind an answer is done in this process and in no other. */
  handsOver: boolean;
  isClosing(): boolean;
  stop: AbortSignal;
  log: Log;
}

/**
 * Gives small data with the answer, and promises the rest: it is uploaded and reported behind it.
 * @throws Refusal `bad_request` when the files would not go to the hub, `unavailable` when the work
 *   cannot be kept.
 * Source: contract sections 7 and 8.
 */
export async function answerExport(
  call: ExportCall,
  trace: CallTrace,
  context: ExportContext,
): Promise<Response> {
  refuseForeign(call.uploadUrl, context.hubUrl);
  const asked = askedOf(call, trace, context);
  const held = context.collecting.hold(asked);
  const collected = await held.within(context.answerWithinMs);
  const answer = collected && answerOf(collected, trace.callId);
  // A process that closes begins nothing that would end with it.
  const isLate = context.handsOver ? context.isClosing() : context.stop.aborted;
  held.release(!answer && !isLate && context.handsOver);
  if (answer) return answer;
  if (isLate) throw unavailable("unavailable");
  try {
    await context.engine.accept([asked]);
  } catch (error) {
    context.log({ level: "error", event: "store_failed", error: describeError(error) });
    throw unavailable("unavailable");
  }
  return Response.json({}, { status: 202 });
}

function refuseForeign(uploadUrl: string, hubUrl: string): void {
  try {
    checkUploadUrl(uploadUrl, hubUrl);
  } catch {
    const faults = [
      { pointer: "/upload_url", detail: "must be of the hub that the service knows" },
    ];
    throw new Refusal("bad_request", { faults });
  }
}

function askedOf(call: ExportCall, trace: CallTrace, context: ExportContext): AskedExport {
  const { user, jobId, requestId, reportUid, uploadUrl, categories } = call;
  return {
    kind: "export",
    user,
    jobId,
    requestId,
    reportUid,
    uploadUrl,
    deadline: call.deadline.toISOString(),
    // Those alone of which something is exported: what is kept need not say more.
    categories: categories.filter((id) => context.categories.get(id)?.exports?.length),
    trace: trace.headers,
  };
}

/** Undefined where the files must be uploaded. */
function answerOf(collected: Collected, callId: string): Response | undefined {
  switch (collected.kind) {
    case "no_data":
      return Response.json({ status: "no_data" });
    case "denied":
      return denialResponse(collected.reason, callId);
    case "fatal":
      return fatalResponse(collected.code, callId);
    case "failed":
      return problemResponse(new Refusal("internal_error"), callId);
    case "files": {
      const text = inlineAnswer(collected.files);
      if (text === undefined) return undefined;
      return new Response(text, { headers: { "content-type": "application/json" } });
    }
  }
}
