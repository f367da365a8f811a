/** What stands for a reason that a service did not give, or that cannot be shown. */
export const unspecifiedReason = "unspecified";

/** `tax_law`, and as laws are cited: `152-FZ`, `6(1)(c)`. A letter is demanded: digits alone may be a phone or a uid. */
const codePattern = /^(?=.*[A-Za-z])[A-Za-z0-9(§][A-Za-z0-9_.:()§/-]{0,63}$/;

/**
 * Reasons and error codes of services are stored and shown, so only what is a code and does not carry the
 * user's uid passes; anything else a stranger wrote becomes `unspecified` (rule 10).
 */
export function toReasonCode(
  text: string | null | undefined,
  who: { readonly uids: readonly { readonly uid: string }[] },
): string {
  if (!text || !codePattern.test(text)) return unspecifiedReason;
  return who.uids.some(({ uid }) => uid.length > 3 && text.includes(uid))
    ? unspecifiedReason
    : text;
}
