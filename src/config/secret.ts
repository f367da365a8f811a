import type { Read } from "./jwk.ts";
import { type ReadList, readList } from "./read-list.ts";

const bytes = 32;

/** Reads `TAKEOUT_SECRET`: 32 bytes in base64. A fault says the length, never the value. */
export function readSecret(text: string): Read<Buffer> {
  const encoded = text.trim().replace(/=+$/, "");
  const secret = Buffer.from(encoded, "base64");
  if (secret.toString("base64").replace(/=+$/, "") !== encoded) {
    return {
      kind: "fault",
      message: `expected ${bytes} bytes in base64, got something that is not base64`,
    };
  }
  if (secret.length === bytes) return { kind: "ok", value: secret };
  return {
    kind: "fault",
    message: `expected ${bytes} bytes in base64, got ${secret.length} bytes`,
  };
}

/** Reads `TAKEOUT_SECRET_OLD`: the same, several, with commas between them, none of them current. */
export function readSecretList(text: string, current: Buffer | undefined): ReadList<Buffer> {
  return readList(text.split(","), {
    read: readSecret,
    nameOf: (index) => `entry ${index + 1}: `,
    current,
    isSame: (one, other) => one.equals(other),
    repeated: "is the current secret or stands twice",
  });
}
