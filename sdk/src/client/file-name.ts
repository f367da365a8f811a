const mostBytes = 255;

// Separators, whatever moves up, control characters, ends of lines, and halves of characters.
const forbidden = /[/\\]|\.\.|\p{Cc}|\p{Zl}|\p{Zp}|\p{Cs}/u;

/** Whether the hub takes a file of this name. Source: contract section 8, uploads. */
export function isFileName(name: unknown): name is string {
  if (typeof name !== "string" || name === "" || name === "." || forbidden.test(name)) return false;
  return new TextEncoder().encode(name).byteLength <= mostBytes;
}

/** @throws TypeError when the hub would not take it. */
export function checkFileName(name: unknown): string {
  if (isFileName(name)) return name;
  throw new TypeError(
    "file name: give 1 to 255 bytes without separators, two dots in a row and control characters",
  );
}
