import { type ErrorCodeIn, errorCodes } from "../../../generated/error-codes.ts";

/** The codes a service's problem documents may bear. */
export type ProblemCode = ErrorCodeIn<"problem">;

/** What is wrong with a body, and where. */
export interface Fault {
  /** JSON pointer (RFC 6901). */
  pointer: string;
  detail: string;
}

/** Ends the handling of a request with a problem document. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];

  constructor(
    code: ProblemCode,
    more: { headers?: Readonly<Record<string, string>>; faults?: readonly Fault[] } = {},
  ) {
    super(code);
    this.code = code;
    this.headers = more.headers ?? {};
    this.faults = more.faults ?? [];
  }
}

/** A refusal that asks to come back in a moment. */
export function unavailable(code: "unavailable" | "auth_unavailable"): Refusal {
  return new Refusal(code, { headers: { "retry-after": "1" } });
}

const mostFaults = 20;

/** Source: RFC 9457; contract section 2. */
export function problemResponse(refusal: Refusal, requestId: string): Response {
  const faults = refusal.faults.slice(0, mostFaults);
  return problem(refusal.code, requestId, faults.length ? { errors: faults } : {}, refusal.headers);
}

/** S3: the service refuses to delete. */
export function denialResponse(reason: string, requestId: string): Response {
  return problem("delete_denied", requestId, { reason });
}

/** A failure that no repeat can mend, as the answer of a synchronous service. */
export function fatalResponse(code: string, requestId: string): Response {
  return render(422, { title: "The deletion failed for good", code, request_id: requestId });
}

function problem(
  code: ProblemCode,
  requestId: string,
  members: object,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, title } = errorCodes[code];
  return render(status, { title, code, request_id: requestId, ...members }, headers);
}

function render(
  status: number,
  members: object,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = JSON.stringify({ status, ...members });
  return new Response(body, {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
}
