import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderPreview } from "../../src/archive/page/preview.ts";
import { type ShownFile, writePage } from "../../src/archive/page/write-page.ts";
import { missingForBrowser, openBrowser } from "../portal/support/browser.ts";
import { createdAt } from "./samples.ts";

const producedAt = new Date("2026-05-03T08:00:00.000Z");
const subject = { hub: "takeout", jobId: "j", createdAt, missing: [], empty: [] };

function toShown(service: string, name: string, content?: unknown): ShownFile {
  const text = Buffer.from(JSON.stringify(content ?? null));
  const preview = content === undefined ? null : renderPreview(name, text, true);
  const path = `${service}/${name}`;
  const file = { service, name, path, bytes: 1234, sha256: "00", producedAt };
  return preview === null ? file : { ...file, preview };
}

const offers = Array.from({ length: 30 }, (_, index) => ({
  id: index,
  title: `Flat ${index}`,
  is_active: index % 2 === 0,
  address: { city: "Riga", street: null },
  prices: [{ amount: 100 + index, currency: "EUR" }],
  tags: ["balcony", "lift"],
  createdAt: "2026-05-03",
}));

function samplePage(): Buffer {
  return writePage({
    subject: {
      ...subject,
      missing: [
        { service: "payments", reason: "deadline_passed" },
        { service: "realty", reason: "filename_invalid" },
        { service: "rides", reason: "file_missing" },
        { service: "maps", reason: "too_many_files" },
        { service: "music", reason: "too_large" },
        { service: "mail", reason: "out_of_paper" },
      ],
      empty: ["travel"],
    },
    titles: new Map([["realty", "Homes & flats"]]),
    files: [
      toShown("realty", "offers.json", offers),
      toShown("realty", "profile.json", { name: "Mira", email: "mira@example.org", phones: [] }),
      toShown("realty", "фото 1.jpg"),
      toShown("rides", "rides.jsonl"),
      toShown("rides", "a?b#c%.txt"),
    ],
  });
}

const missing = missingForBrowser();

test.skipIf(missing).each(["light", "dark"] as const)(
  "the page can be used by everybody, without scripts and offline (%s)",
  async (colorScheme) => {
    const folder = await mkdtemp(join(tmpdir(), "takeout-page-"));
    await writeFile(join(folder, "index.html"), samplePage());
    await using browser = await openBrowser({ colorScheme });
    const { page } = browser;
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await browser.findBarriers()).toEqual([]);
    expect(browser.complaints).toEqual([]);
    expect(requests).toHaveLength(1);
    const pictures = process.env.ARCHIVE_PICTURES;
    if (pictures) {
      await page.screenshot({ path: join(pictures, `page-${colorScheme}.png`), fullPage: true });
    }
    await rm(folder, { recursive: true });
  },
);

test.skipIf(missing).each([360, 1280])(
  "in %i pixels a very long name breaks, and no other word of the list does",
  async (width) => {
    await using browser = await openBrowser({});
    const { page } = browser;
    await page.setViewportSize({ width, height: 800 });
    const files = [toShown("rides", "notes.json"), toShown("rides", `${"x".repeat(240)}.json`)];
    await page.setContent(String(writePage({ subject, titles: new Map(), files })));
    expect(await page.evaluate(findBrokenWords)).toEqual([]);
    const overflow = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
    expect(overflow).toBe(false);
  },
);

/** Words that stand on more than one line. Runs in the page. */
const findBrokenWords = `[...document.querySelectorAll("thead th, tbody td")].flatMap((cell) => {
  const text = cell.firstChild.firstChild ?? cell.firstChild;
  return [...text.textContent.matchAll(/\\S+/g)].flatMap(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    return range.getClientRects().length > 1 ? [word] : [];
  });
})`;

test("every file is a link to its place, with what it is and how large", () => {
  const page = String(samplePage());
  expect(page).toContain('<a href="realty/offers.json">offers.json</a>');
  expect(page).toContain('href="realty/%D1%84%D0%BE%D1%82%D0%BE%201.jpg"');
  expect(page).toContain('href="rides/a%3Fb%23c%25.txt"');
  expect(page).toContain("Data (JSON)");
  expect(page).toContain("1.2 kB");
  const tiny = writePage({
    subject,
    titles: new Map(),
    files: [{ ...toShown("a", "b"), bytes: 21 }],
  });
  expect(String(tiny)).toContain(">21 bytes<");
  expect(page).toContain(">Homes &#38; flats</h2>");
});

test("what is missing is said first, in words, and what nobody has a word for by its code", () => {
  const page = String(samplePage());
  expect(page.indexOf("This copy is not complete")).toBeLessThan(
    page.indexOf("Homes &#38; flats</h2>"),
  );
  expect(page).toContain("<strong>payments</strong> did not answer in time");
  expect(page).toContain(
    "<strong>Homes &#38; flats</strong> gave files under names that cannot be used, and they were left out",
  );
  expect(page).toContain("<strong>rides</strong> said that it gave a copy, but no file of it came");
  expect(page).toContain("<strong>maps</strong> has more files than a copy can hold");
  expect(page).toContain("<strong>music</strong> gave more at once than can be taken");
  expect(page).toContain("<strong>mail</strong> is missing (out_of_paper)");
});

test("a page of very many files, services and losses stays small and counts the rest", () => {
  const files = Array.from({ length: 20_000 }, (_, index) =>
    toShown(`s${index % 300}`, `${index}.json`),
  );
  const losses = Array.from({ length: 5_000 }, () => ({ service: "s", reason: "r" }));
  const page = writePage({ subject: { ...subject, missing: losses }, titles: new Map(), files });
  expect(page.length).toBeLessThan(2_000_000);
  expect(String(page)).toContain("And 56 more, in the same folder.");
  expect(String(page)).toContain("And 4,800 more, listed in manifest.json.");
});

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='x",
    "\u202e",
  ),
  fc.constantFrom("</style>", "<!--", "]]>", "&lt;", "javascript:alert(1)", "\ud800"),
);

/** Tags and attributes that the page itself uses; text cannot make others. */
const ownTag =
  /^<\/?(details|summary|table|caption|thead|tbody|tr|th|td|ul|li|p|span|div|section|h2|strong|a|nav|time)( (class|scope|tabindex|id|href|datetime|aria-label|aria-labelledby)="[^"<>]*")*>$/;

function foreignTags(html: string): string[] {
  return (html.match(/<[^>]*>?/g) ?? []).filter((tag) => !ownTag.test(tag));
}

test("whatever files and services are called, they are text and nothing else", () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, (service, name, reason) => {
      const page = String(
        writePage({
          subject: { ...subject, missing: [{ service, reason }], empty: [service] },
          titles: new Map([[service, name]]),
          files: [toShown(service, name)],
        }),
      );
      const main = page.slice(page.indexOf("<main>") + 6, page.indexOf("</main>"));
      expect(foreignTags(main)).toEqual([]);
      expect(main).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|href="javascript:/);
      expect(main.isWellFormed()).toBe(true);
    }),
    { numRuns: 500, examples: [["realty", "offers.json", "__proto__"]] },
  );
});

test("whatever a file says, and wherever it is cut, its preview is bounded, whole and text alone", () => {
  const value = fc.jsonValue({ stringUnit: "binary", maxDepth: 6 });
  const withNasty = fc.oneof(
    value,
    fc.array(fc.dictionary(nasty, fc.oneof(nasty, value)), { maxLength: 30 }),
  );
  fc.assert(
    fc.property(
      withNasty,
      fc.nat(),
      fc.constantFrom("a.json", "a.jsonl", "a<b>.JSON"),
      (said, cut, name) => {
        const lines = /l$/.test(name) && Array.isArray(said);
        const text = Buffer.from(
          lines ? said.map((line) => JSON.stringify(line)).join("\n") : JSON.stringify(said),
        );
        for (const [head, isAll] of [
          [text, true],
          [text.subarray(0, cut % (text.length + 1)), false],
        ] as const) {
          const html = renderPreview(name, head, isAll) ?? "";
          expect(html.length).toBeLessThanOrEqual(32 * 1024);
          expect(foreignTags(html)).toEqual([]);
          const count = (tag: string) => html.split(`<${tag}`).length;
          for (const tag of ["table", "tr", "td", "ul", "li"]) {
            expect(html.match(new RegExp(`<${tag}[ >]`, "g"))?.length).toBe(
              html.match(new RegExp(`</${tag}>`, "g"))?.length,
            );
          }
          expect(count("script")).toBe(1);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("of a long file as much is shown as its beginning says", () => {
  const text = JSON.stringify({ offers, total: 30 });
  const cut = text.indexOf('"title":"Flat 3"') + 5;
  const html = renderPreview("offers.json", Buffer.from(text.slice(0, cut)), false) ?? "";
  expect(html).toContain("Flat 2");
  expect(html).not.toContain("Flat 3");
  expect(html).toContain("Only the beginning is shown");
  const lines = offers.map((offer) => JSON.stringify(offer)).join("\n");
  const fromLines = renderPreview("offers.jsonl", Buffer.from(lines.slice(0, 1000)), false) ?? "";
  expect(fromLines).toContain("Flat 2");
  expect(fromLines).toContain("Only the beginning is shown");
});

test("rows become a table with readable headings, and fields a table of their own", () => {
  const html = renderPreview("offers.json", Buffer.from(JSON.stringify(offers)), true) ?? "";
  expect(html).toContain('<th scope="col">Is active</th>');
  expect(html).toContain('<th scope="col">Created at</th>');
  expect(html).toContain("<td>yes</td>");
  expect(html).toContain('<th scope="row">City</th><td>Riga</td>');
  expect(html).toContain("And 10 more rows in the file.");
});

test("numbers are shown with the digits that they have in the file", () => {
  const said = '{"ride_id": 9007199254740993, "price": 10.50, "far": 1e400}';
  for (const name of ["a.json", "a.jsonl"]) {
    const preview = renderPreview(name, Buffer.from(said), true);
    for (const digits of ["9007199254740993", "10.50", "1e400"]) {
      expect(preview).toContain(`<td>${digits}</td>`);
    }
  }
});

test.each([
  ["notes.txt", "{}"],
  ["broken.json", "{"],
  ["empty.json", "[]"],
  ["number.json", "7"],
  ["nothing.json", ""],
  ["deep.json", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
])("%s has no preview, or a short one", (name, content) => {
  expect((renderPreview(name, Buffer.from(content), true) ?? "").length).toBeLessThan(1000);
});
