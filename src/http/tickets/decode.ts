import type { RefusalReason } from "./claims.ts";

/** A ticket taken apart; nothing of it is believed yet. */
export interface DecodedTicket {
  readonly kind: "decoded";
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed. */
  readonly signed: string;
  readonly signature: Buffer;
}

const longestTicket = 8 * 1024;
const compactJws = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Takes a compact JWS apart (RFC 7515, section 7.1), strictly. */
export function decodeTicket(
  token: string,
): DecodedTicket | { readonly kind: "refused"; readonly reason: RefusalReason } {
  if (token.length > longestTicket) return { kind: "refused", reason: "too_long" };
  const parts = compactJws.exec(token);
  if (!parts) return { kind: "refused", reason: "malformed" };
  const [, head = "", payload = "", tail = ""] = parts;
  const header = decodeObject(head);
  const claims = decodeObject(payload);
  const signature = decodeStrictly(tail);
  if (!header || !claims || !signature) return { kind: "refused", reason: "malformed" };
  return { kind: "decoded", header, claims, signed: `${head}.${payload}`, signature };
}

/** Base64url has one spelling for each value: stray bits in the last character are refused. */
function decodeStrictly(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}

function decodeObject(text: string): Record<string, unknown> | null {
  const bytes = decodeStrictly(text);
  if (!bytes) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
