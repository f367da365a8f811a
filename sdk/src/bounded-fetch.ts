import { readBounded } from "./bounded-body.ts";
import { withDeadline } from "./deadline.ts";

/** Limits of one outgoing call. */
export interface FetchLimits {
  /** Milliseconds for the whole call, the answer's body included. */
  timeoutMs: number;
  /** Longest answer, in bytes. */
  maxBytes: number;
}

/**
 * `fetch` as this package calls it: never follows a redirect, ends in time, and gives an answer
 * whose body is already here and bounded.
 */
export function boundedFetch(
  fetch: typeof globalThis.fetch,
  limits: FetchLimits,
): (request: Request) => Promise<Response> {
  return (request) =>
    withDeadline(request.signal, limits.timeoutMs, async (signal) => {
      const answer = await fetch(request, { redirect: "manual", signal });
      // A browser hides a redirect behind status 0, which Response cannot be made with.
      if (answer.status < 200) return Response.error();
      const body = await readBounded(answer.body, limits.maxBytes, signal);
      const { status, headers } = answer;
      return new Response(isBodiless(status) ? null : body, { status, headers });
    });
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
