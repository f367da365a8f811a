import type { Context } from "hono";

/** What the visitor chose; `null`: not a form of ours. */
export interface DeleteForm {
  readonly requestId: string;
  readonly categoryIds: readonly string[];
}

const most = { categories: 100 };
const categoryPattern = /^[!-~]{1,64}$/;
const requestIdPattern = /^[0-9a-f-]{36}$/;

/** The chosen categories, each once; `null` if one of them cannot be one. */
export function readChoice(fields: URLSearchParams): readonly string[] | null {
  const ids = [...new Set(fields.getAll("category"))];
  return ids.length <= most.categories && ids.every((id) => categoryPattern.test(id)) ? ids : null;
}

export function readDeleteForm(fields: URLSearchParams | null): DeleteForm | null {
  const categoryIds = fields && readChoice(fields);
  const requestId = readRequestId(fields);
  if (!categoryIds?.length || requestId === null) return null;
  return { requestId, categoryIds };
}

/** What names the wish of a form, so that sending it twice is a repeat. */
export function readRequestId(fields: URLSearchParams | null): string | null {
  const requestId = fields?.get("request_id") ?? "";
  return requestIdPattern.test(requestId) ? requestId : null;
}

/** The fields of a posted form; `null` if it is of another kind. */
export async function readFields(c: Context): Promise<URLSearchParams | null> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return null;
  return new URLSearchParams(await c.req.text());
}
