import { readFileSync } from "node:fs";
import type { Context } from "hono";
import { answerProblem } from "./problems.ts";

const types = {
  "portal.css": "text/css; charset=utf-8",
  "portal.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

type File = keyof typeof types;

const isFile = (name: string): name is File => Object.hasOwn(types, name);

/** The few files of the page, by name: no path of a visitor ever reaches the disk. */
export function servePublic(c: Context): Response | Promise<Response> {
  const name = c.req.param("file") ?? "";
  if (!isFile(name)) return answerProblem(c, "not_found");
  const body = readFileSync(new URL(`public/${name}`, import.meta.url));
  return c.body(new Uint8Array(body), 200, { "Content-Type": types[name] });
}
