let last = 400_000;

/** A user that no other test of the file has seen. */
export function newUid(): string {
  last += 1;
  return String(last);
}
