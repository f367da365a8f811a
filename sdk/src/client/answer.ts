import { TakeoutApiError, type TakeoutFault, TakeoutResponseError } from "../errors.ts";
import type { Attempt } from "./retry.ts";

// Source: contract section 7, "repeats its report until 200 or a 4xx other than 408, 425, 429".
const retriedStatuses = new Set([408, 425, 429]);

interface Problem {
  code: string;
  title?: string;
  request_id?: string;
  errors?: unknown;
}

/** Judges the hub's answer to a report. `body` is the parsed error body, if it could be parsed. */
export function readAnswer(response: Response, body: unknown): Attempt {
  const { status } = response;
  if (status === 200) return { kind: "done" };
  const isFinal = status >= 400 && status < 500 && !retriedStatuses.has(status);
  const error =
    status >= 400 && isProblem(body)
      ? refusal(status, body, !isFinal)
      : unreadable(response, !isFinal);
  return { kind: "failed", error, retryAfterMs: retryAfterOf(response.headers) };
}

function refusal(status: number, problem: Problem, retryable: boolean): TakeoutApiError {
  const { code, request_id: requestId } = problem;
  const errors = faultsIn(problem.errors);
  const told = errors.map(({ pointer, detail }) => `${pointer || "the body"} ${detail}`).join(", ");
  return new TakeoutApiError(`the hub refused: ${code}${told && ` (${told})`}`, {
    code,
    status,
    retryable,
    requestId,
    errors,
  });
}

const mostFaults = 20;
const isShort = (value: unknown) => typeof value === "string" && /^[^\p{Cc}]{0,256}$/u.test(value);

/** Those that can be understood: what else such an answer bears is no reason to lose its code. */
function faultsIn(errors: unknown): TakeoutFault[] {
  const all: Partial<TakeoutFault | null>[] = Array.isArray(errors) ? errors : [];
  return all.slice(0, mostFaults).flatMap((fault) => {
    const { pointer = "", detail = "" } = fault ?? {};
    return isShort(pointer) && detail && isShort(detail) ? { pointer, detail } : [];
  });
}

function unreadable({ status, headers }: Response, retryable: boolean): TakeoutResponseError {
  return new TakeoutResponseError(`not a hub's answer: status ${status}`, {
    code: "unreadable_answer",
    status,
    retryable,
    requestId: headers.get("x-request-id") ?? undefined,
  });
}

function isProblem(body: unknown): body is Problem {
  const problem = body as Partial<Problem> | null | undefined;
  return typeof problem?.code === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(problem.code);
}

/** `Retry-After` in milliseconds, 0 where there is none. Source: RFC 9110, section 10.2.3. */
function retryAfterOf(headers: Headers): number {
  const text = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(ms || 0, 0);
}
