/** A range of bytes, both ends included; `unsatisfiable`: the whole is shorter; `null`: the whole is wanted. */
export type RangeWanted = { readonly from: number; readonly to: number } | "unsatisfiable" | null;

/**
 * What `Range` and `If-Range` ask for. What is malformed, another unit, and several ranges at once are answered with the
 * whole, as a server may.
 *
 * @param size - of the whole, in bytes.
 * @param etag - of what there is now.
 * Source: RFC 9110, 13.1.5, 14.1.2 and 14.2.
 */
export function readRange(
  headers: { readonly range: string | null; readonly ifRange: string | null },
  size: number,
  etag: string,
): RangeWanted {
  const { range, ifRange } = headers;
  if (range === null || (ifRange !== null && ifRange !== etag)) return null;
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(range);
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { from: size - length, to: size - 1 };
  }
  const from = Number(first);
  const to = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < from) return null;
  return from >= size ? "unsatisfiable" : { from, to };
}
