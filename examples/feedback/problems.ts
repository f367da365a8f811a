import type { Context } from "hono";

const problems = {
  bad_request: { status: 400, title: "The request is malformed" },
  service_ticket_missing: { status: 401, title: "A service ticket is required" },
  service_ticket_invalid: { status: 401, title: "The service ticket is not accepted" },
  source_forbidden: { status: 403, title: "This caller may not do that" },
  not_found: { status: 404, title: "There is nothing here" },
  body_too_large: { status: 413, title: "The task is too large" },
  internal_error: { status: 500, title: "Something went wrong" },
} as const;

/** An error as RFC 9457 has it. */
export function answerProblem(c: Context, code: keyof typeof problems): Response {
  const { status, title } = problems[code];
  return c.json({ title, status, code }, status, { "content-type": "application/problem+json" });
}
