/** Nothing that a person could be told by stands between these: digits as they are grouped in numbers of phones. */
const longNumber = /\+?\d(?:[ ().-]{0,2}\d){5,}/g;
const mailAddress = /[^\s@<>"',;:]+@[^\s@<>"',;:]+/g;

/**
 * Masks what may name a person in a text that somebody wrote: e-mail addresses, and numbers of six digits or more,
 * such as uids and those of phones.
 */
export function masked(text: string): string {
  return text.replace(mailAddress, "[…]").replace(longNumber, "[…]");
}
