import fc from "fast-check";
import { expect, test } from "vitest";
import { toReasonCode } from "../../src/domain/reason.ts";

const nobody = { uids: [] };

test.each([
  "debt",
  "tax_law",
  "152-FZ",
  "402-FZ/29(1)",
  "6(1)(c)",
  "GDPR:6(1)(c)",
  "§14b",
  "(a)",
  "1a",
  "x".repeat(64),
])("a code is stored and shown as it was given, as laws are cited too: %s", (code) => {
  expect(toReasonCode(code, nobody)).toBe(code);
});

test.each([
  ["nothing", ""],
  ["a number, which may be a phone or a uid", "79161234567"],
  ["a number with brackets, as phones are written", "7(916)123-45-67"],
  ["a paragraph without a letter", "§14"],
  ["more than 64 characters", "x".repeat(65)],
  ["a sentence", "owes us money"],
  ["an address", "alice@example.net"],
  ["a path", "/etc/passwd"],
  ["a flag", "-rf"],
  ["a line after it", "debt\n"],
  ["a line before it", "\ndebt"],
  ["another alphabet", "долг"],
  ["a letter of another alphabet among digits", "152-ФЗ"],
  ["markup", "<b>debt</b>"],
])("what is no code is shown as unspecified: %s", (_, text) => {
  expect(toReasonCode(text, nobody)).toBe("unspecified");
});

test.each([undefined, null])("no reason is unspecified: %s", (none) => {
  expect(toReasonCode(none, nobody)).toBe("unspecified");
});

test("no code that bears a uid of the user passes, wherever it stands", () => {
  const uid = fc.bigInt({ min: 1_000n, max: 10n ** 32n - 1n }).map(String);
  const around = fc.stringMatching(/^[A-Za-z0-9_.:()§/-]{0,20}$/);
  fc.assert(
    fc.property(uid, around, around, (uid, before, after) => {
      const who = { uids: [{ uid: "4001" }, { uid }] };
      expect(toReasonCode(before + uid + after, who)).toBe("unspecified");
    }),
  );
});
