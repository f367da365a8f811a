import { readFileSync, statSync } from "node:fs";
import type { Read } from "./jwk.ts";

/**
 * Reads a regular file of at most `maxBytes`; a pipe or a device could make the start wait for ever.
 * The fault names no path: the caller knows where the name came from.
 */
export function readBoundedFile(path: string, maxBytes: number): Read<string> {
  try {
    const entry = statSync(path);
    if (!entry.isFile()) return { kind: "fault", message: "is not a file" };
    if (entry.size > maxBytes)
      return { kind: "fault", message: `is larger than ${maxBytes} bytes` };
    return { kind: "ok", value: readFileSync(path, "utf8") };
  } catch (error) {
    return { kind: "fault", message: describe(error as NodeJS.ErrnoException) };
  }
}

function describe({ code }: NodeJS.ErrnoException): string {
  if (code === "ENOENT" || code === "ENOTDIR") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user";
  return `cannot be read (${code ?? "unknown error"})`;
}
