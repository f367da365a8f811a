import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createHmacSha256 } from "../../src/store/hmac.ts";
import { deriveKeyring, keyedHash, subjectHash } from "../../src/store/keys.ts";

test("it is HMAC-SHA256, for every key of up to a block and every message, one after another", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      (key, messages) => {
        const hmac = createHmacSha256(key);
        for (const message of messages) {
          expect(hmac(message)).toBe(createHmac("sha256", key).update(message).digest("hex"));
        }
      },
    ),
  );
});

test("a key that is longer than a block is refused", () => {
  expect(() => createHmacSha256(new Uint8Array(65))).toThrow(TypeError);
});

test("a user and a request are stored as the same hashes in every version", () => {
  const { current } = deriveKeyring([Buffer.alloc(32, 7)]);
  expect(subjectHash(current, "4001")).toBe("8b657ed3-ba16-fad8-1593-2b45f21508bb");
  expect(keyedHash(current.subjectHmac, "request_id", "r1")).toBe(
    "9596e6e5-a52e-43e8-45ce-5a46e179d6c1",
  );
  expect(keyedHash(current.subjectHmac, "report", Buffer.from("r1"))).toBe(
    "a23eade6-66f2-d795-1c99-a1acc9356b6e",
  );
});
