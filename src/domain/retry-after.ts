/**
 * What `Retry-After` asks for, in ms: seconds, however many, or a date (RFC 9110, 10.2.3). What cannot be read, and a
 * header that came twice, ask for nothing. White space that a client leaves behind a value is no part of it.
 */
export function readRetryAfter(header: string | string[] | undefined, now: number): number {
  if (typeof header !== "string") return 0;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
