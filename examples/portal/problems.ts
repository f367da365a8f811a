import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { problemPage } from "./pages/problem.ts";

const problems = {
  bad_form: [400, "That form is not one of ours", "Go back to the start, and choose again."],
  cross_site: [
    403,
    "Another site sent this",
    "Forms are accepted from this portal's own pages only. Nothing was done.",
  ],
  not_found: [404, "There is nothing here", "The address may be old, or mistyped."],
  too_long: [413, "That form is too long", "Go back to the start, and choose again."],
  wrong_host: [
    421,
    "Wrong address",
    "This portal answers only under a name of this machine, such as 127.0.0.1 or localhost.",
  ],
  broken: [500, "Something broke in this portal", "Nothing was done. Its log says more."],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string, string]>;

export type Problem = keyof typeof problems;

/** An answer that says in plain words what is wrong with the request. */
export function answerProblem(c: Context, problem: Problem): Response | Promise<Response> {
  const [status, title, text] = problems[problem];
  return c.html(problemPage(title, text), status);
}
