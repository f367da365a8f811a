import fc from "fast-check";
import { expect, test } from "vitest";
import { createNames } from "../../src/archive/names.ts";

const nasty = fc.constantFrom(
  ...["..", ".", "/", "\\", ":", " ", "\0", "\n", "con", "NUL", "com1", "lpt¹", "index.html"],
  ...["\u202e", "\ud800", "é", "e\u0301", "Å", "\u212b", "ß", "SS", "ſ", "🎉", "名", "٣", "\u0301"],
  ...["a", "A", "(2)", " (2)", ".json", ".", "x".repeat(250), "я".repeat(130), "👩‍👩‍👧".repeat(12)],
);
const anyName = fc.oneof(
  fc.array(nasty, { maxLength: 6 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
);
const anyService = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
  fc.constantFrom("manifest.json", "INDEX.HTML", "con", "Realty", "realty", "a."),
  anyName,
);

const taken = ["index.html", "manifest.json"];

function paths(files: readonly (readonly [string, string])[]): string[] {
  const names = createNames(taken);
  return files.map(([service, name]) => names.pathOf(service, name));
}

/** Everything that a system might take for the same name. */
const foldings: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => path.toLowerCase(),
  (path) => path.toUpperCase(),
  (path) => path.normalize("NFD").toLowerCase(),
  (path) => path.normalize("NFKD").toUpperCase(),
];

const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)\s*(\..*)?$/i;

test("whatever files are called, what comes out is a safe path of two names", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyService, anyName), { maxLength: 12 }), (files) => {
      for (const path of paths(files)) {
        const segments = path.split("/");
        expect(segments).toHaveLength(2);
        for (const segment of segments) {
          expect(segment).not.toMatch(/^\.{0,2}$/);
          expect(segment).not.toMatch(/[\\:*?"<>|\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
          expect(segment).not.toMatch(/^\s|[\s.]$/);
          expect(segment).not.toMatch(device);
          expect(segment.isWellFormed()).toBe(true);
          expect(segment.normalize("NFC")).toBe(segment);
          expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("no two files get one path, on no system, and none that of the hub's own files", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyService, anyName), { maxLength: 20 }), (files) => {
      const all = paths(files);
      for (const fold of foldings) {
        const folded = all.map(fold);
        expect(new Set(folded).size).toBe(files.length);
        for (const [folder = ""] of folded.map((path) => path.split("/"))) {
          expect(taken.map(fold)).not.toContain(folder);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("services that differ in capitals alone get folders of their own", () => {
  expect(
    paths([
      ["realty", "a"],
      ["Realty", "b"],
      ["realty", "c"],
    ]),
  ).toEqual(["realty/a", "Realty (2)/b", "realty/c"]);
});

test.each([
  ["offers.json", "offers.json"],
  ["отчёт за май.pdf", "отчёт за май.pdf"],
  ["日本語 🎉.txt", "日本語 🎉.txt"],
  ["e\u0301te\u0301.txt", "\u00e9t\u00e9.txt"],
  [".htaccess", ".htaccess"],
  ["a..b", "a..b"],
  ["../../etc/passwd", ".._.._etc_passwd"],
  ["C:\\x\\y.txt", "C__x_y.txt"],
  ["", "unnamed"],
  ["..", "unnamed"],
  [" . ", "unnamed"],
  ["nul", "_nul"],
  ["NUL.tar.gz", "_NUL.tar.gz"],
  ["nullable.json", "nullable.json"],
  ["photo\u202egpj.exe", "photo_gpj.exe"],
  ["trailing.", "trailing"],
  [`${"я".repeat(200)}.json`, `${"я".repeat(125)}.json`],
  [`${"x".repeat(300)}`, "x".repeat(255)],
  [`con${" ".repeat(300)}y.txt`, "_con.txt"],
])("%j becomes %j", (name, expected) => {
  expect(paths([["s", name]])).toEqual([`s/${expected}`]);
});

test("names that are the same are numbered, before their extension, and stay within their bound", () => {
  expect(
    paths(["a.json", "A.json", "a.json", "a (2).json", "b"].map((name) => ["s", name] as const)),
  ).toEqual(["s/a.json", "s/A (2).json", "s/a (3).json", "s/a (2) (2).json", "s/b"]);
  const long = `${"x".repeat(251)}.txt`;
  expect(
    paths([
      ["s", long],
      ["s", long],
    ])[1],
  ).toBe(`s/${"x".repeat(247)} (2).txt`);
});

test("ten thousand files of one name do not take ten thousand tries each", () => {
  const names = createNames([]);
  const all = Array.from({ length: 10_000 }, () => names.pathOf("s", "a.json"));
  expect(all.at(-1)).toBe("s/a (10000).json");
});
