import type { Context, MiddlewareHandler } from "hono";
import { answerProblem } from "./problems.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  // Not `no-referrer`: a browser would then hide the origin of our own forms as well.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Every answer, an error's too, bears the policies. */
export const secureAnswers: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
};

/** A form of another site must not act for the visitor. Source: OWASP, cross-site request forgery. */
export const requireSameOrigin: MiddlewareHandler = async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD" || isSameOrigin(c)) return await next();
  return answerProblem(c, "cross_site");
};

/** By the browser's own word; where it gives none (plain http in a network), by the origin it names. */
function isSameOrigin(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = URL.parse(c.req.header("origin") ?? "");
  return origin !== null && origin.host === c.req.header("host");
}

const ownNames = /^(localhost|([a-z0-9-]+\.)+localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** On the loopback a foreign name means that a foreign page has pointed it here (DNS rebinding). */
export function requireOwnName(listensOn: string): MiddlewareHandler {
  const isLoopback = ownNames.test(listensOn.includes(":") ? `[${listensOn}]` : listensOn);
  return async (c, next) => {
    const isOwn = !isLoopback || ownNames.test(c.req.header("host") ?? "");
    return isOwn ? await next() : answerProblem(c, "wrong_host");
  };
}
