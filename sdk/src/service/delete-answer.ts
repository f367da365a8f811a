import type { Result } from "./pairs.ts";
import { denialResponse, fatalResponse, problemResponse, Refusal } from "./problem.ts";
import { groundOf } from "./reports.ts";

/**
 * The one answer that says it for every category of the call, where all came to the same.
 * Source: contract section 7, `completion: answer`.
 */
export function commonAnswer(results: readonly Result[], callId: string): Response | undefined {
  const result = commonResult(results);
  if (!result) return undefined;
  switch (result.kind) {
    case "failed":
      return problemResponse(new Refusal("internal_error"), callId);
    case "fatal":
      return fatalResponse(result.code, callId);
    case "denied":
      return denialResponse(result.reason, callId);
    case "accepted":
      return Response.json({}, { status: 202 });
    default:
      return Response.json(wireOf(result));
  }
}

/** The denial of all categories of the call, as the answer S3 knows. */
export function commonDenial(results: readonly Result[], callId: string): Response | undefined {
  const result = commonResult(results);
  return result?.kind === "denied" ? denialResponse(result.reason, callId) : undefined;
}

function commonResult(results: readonly Result[]): Result | undefined {
  const [first, ...others] = results;
  const isCommon = first && others.every((other) => identityOf(other) === identityOf(first));
  return isCommon ? first : undefined;
}

function identityOf(result: Result): string {
  return JSON.stringify({
    ...wireOf(result),
    ...(result.kind === "fatal" && { code: result.code }),
  });
}

function wireOf(result: Result) {
  const ground = "until" in result || "reason" in result ? groundOf(result) : {};
  return { outcome: result.kind, ...ground };
}
