import { type Refused, refused } from "./refusals.ts";

/** A ticket taken apart; nothing in it has been checked. */
export interface ParsedTicket {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const longestToken = 8 * 1024;

/** Takes a compact JWS apart. Source: RFC 7515, section 7.1. */
export function parseTicket(token: string): { kind: "ok"; ticket: ParsedTicket } | Refused {
  if (token.length > longestToken) return refused("too_long");
  const parts = token.split(".", 4).map(decode);
  const [header, claims, signature] = parts;
  if (parts.length !== 3 || !header || !claims || !signature) return refused("malformed");
  const [headerMembers, claimMembers] = [parseObject(header), parseObject(claims)];
  if (!headerMembers || !claimMembers) return refused("malformed");
  return { kind: "ok", ticket: { header: headerMembers, claims: claimMembers } };
}

/** node skips what is not base64url and ignores spare bits, so that one ticket would have many spellings. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
