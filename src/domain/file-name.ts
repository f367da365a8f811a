const longestNameBytes = 255;

// Separators, whatever moves up, control characters, ends of lines, and halves of characters.
const forbidden = /[/\\]|\.\.|\p{Cc}|\p{Zl}|\p{Zp}|\p{Cs}/u;

/**
 * Whether a service may give a file this name within its part of an export.
 *
 * Source: contract 8, uploads.
 */
export function isFileName(name: string): boolean {
  if (name === "" || name === "." || forbidden.test(name)) return false;
  return byteLength(name) <= longestNameBytes;
}

/** In UTF-8; a name without halves of characters. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
