import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../src/http/server.ts";
import { type FakeService, startFakeService } from "../support/fake-service.ts";
import { createTestHub, type TestHub } from "../support/hub.ts";
import { missingForBrowser, openBrowser } from "./support/browser.ts";
import { startJsonServer } from "./support/json-server.ts";
import { startPortal, type TestPortal } from "./support/portal.ts";

const missing = missingForBrowser();
const users = [
  { uid: "4001", name: "Mira Halonen" },
  { uid: "4002", name: "Teo Vasari" },
  { uid: "4003", name: "Ilse Brandt" },
  { uid: "4004", name: "Okan Demirel" },
];

let started: AsyncDisposableStack;
let realty: FakeService;
let hub: TestHub;
let portal: TestPortal;
let pictures: string;
/** The service's rows; whose favourites were deleted. */
const deleted = new Set<string>();

beforeAll(async () => {
  if (missing) return;
  started = new AsyncDisposableStack();
  realty = started.use(await startFakeService("realty"));
  const categories = [
    { id: "1", slug: "favorites" },
    { id: "2", slug: "subscriptions" },
    { id: "3", slug: "notes" },
  ];
  hub = started.use(await createTestHub({ services: [[realty]], config: { categories } }));
  const server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
  started.defer(() => server.close());
  const rows = started.use(
    await startJsonServer(({ url = "" }) =>
      url.startsWith("/mood")
        ? { body: { mood: "well", moods: { well: "answers as it should", slow: "is slow" } } }
        : { body: { tables: tablesOf(new URLSearchParams(url.split("?")[1]).get("uid") ?? "") } },
    ),
  );
  portal = started.use(
    await startPortal({
      hubUrl: server.address,
      privateJwk: hub.portal.privateJwk,
      users,
      services: [{ name: "realty", title: "Realty", url: rows.url, moods: true }],
    }),
  );
  pictures = process.env.PORTAL_PICTURES || (await mkdtemp(join(tmpdir(), "takeout-pictures-")));
  await mkdir(pictures, { recursive: true });
});
afterAll(async () => {
  if (missing) return;
  await started.disposeAsync();
  if (!process.env.PORTAL_PICTURES) await rm(pictures, { recursive: true, force: true });
});

function tablesOf(uid: string): object[] {
  const row = (n: number) => ({
    id: n,
    uid,
    offer_id: 300 + n,
    created_at: "2025-03-01T10:00:00Z",
  });
  const numbers = Array.from({ length: 12 }, (_, n) => n);
  const favorites = deleted.has(uid) ? [] : numbers.map(row);
  return [
    { category: "1", name: "favorites", rows: favorites },
    { category: "2", name: "searches", rows: [{ query: "2 rooms, near the centre", ...row(1) }] },
    { category: "3", name: "notes", rows: [] },
    ...(uid === "4004" ? [broadTable] : []),
  ];
}

const broadTable = {
  category: "2",
  name: "receipts",
  rows: [
    {
      cents: 760,
      route: "From home to the station",
      for_the_law_alone: "no",
      created_at: "2025-03-01",
      keep_until: "2031-03-01",
    },
  ],
};

/** Lets the service do its share, as the queue and its report would. */
async function finish(uid: string): Promise<void> {
  await hub.drain();
  deleted.add(uid);
  const { deletion_id, attempt, to } = realty.deletes().at(-1)?.body ?? {};
  const done = { yandex_uid: uid, category_id: "1", state: "deleted", deletion_id, attempt, to };
  expect((await hub.report(realty, done)).status).toBe(200);
}

/** What has the focus, by its label or its text. */
async function focusedText(page: Page): Promise<string> {
  const text = "(document.activeElement.labels?.[0] ?? document.activeElement).textContent";
  return ((await page.evaluate(text)) as string).replace(/\s+/g, " ").trim();
}

/** Presses Tab until the element with that name has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await focusedText(page)).startsWith(name)) return;
  }
  throw new Error(`no Tab leads to ${name}`);
}

const visits = [
  { colorScheme: "light", uid: "4001", name: "Mira Halonen", initials: "MH" },
  { colorScheme: "dark", uid: "4002", name: "Teo Vasari", initials: "TV" },
] as const;

test.for(visits)(
  "in $colorScheme, the keyboard alone deletes the favourites, the rows go, and no barrier or breach of the policy is met",
  { timeout: 60_000 },
  async ({ colorScheme, uid, name, initials }, { skip }) => {
    skip(missing !== null, missing ?? "");
    await using browser = await openBrowser({ colorScheme });
    const { page, complaints } = browser;
    const picture = (moment: string) =>
      page.screenshot({
        path: join(pictures, `${colorScheme}-${moment}.png`),
        animations: "disabled",
      });
    const barriers: string[] = [];
    const look = async (moment: string) => {
      await picture(moment);
      barriers.push(...(await browser.findBarriers()).map((barrier) => `${moment}: ${barrier}`));
    };

    await page.goto(portal.url);
    await look("0-users");
    await tabTo(page, `${initials} ${name}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/users/${uid}`);
    const count = page.locator("#rows-total strong");
    expect(await count.textContent()).toBe("13 rows");
    await look("1-before");

    await tabTo(page, "Favourites");
    await page.keyboard.press("Space");
    await tabTo(page, "Delete…");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Delete 1 category?" }).waitFor();
    expect(await focusedText(page)).toBe("Delete 1 category?");
    await look("2-confirm");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(realty.deletes().some(({ body }) => body.report_uid === uid)).toBe(false);
    expect(await focusedText(page)).toBe("Delete…");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await tabTo(page, "Delete");
    await page.keyboard.press("Enter");

    const state = page.locator("#state-1");
    await state.getByText("Being deleted…").waitFor();
    expect(await focusedText(page)).toContain("Your wish is recorded");
    expect(await page.locator("#choose-1").isDisabled()).toBe(true);
    // Another choice is under way while the page keeps itself up to date.
    await tabTo(page, "Subscriptions");
    await page.keyboard.press("Space");
    await look("3-during");

    await finish(uid);
    await page.locator("#rows-total").getByText("1 row").waitFor();
    await state.getByText("Nothing is stored").waitFor();
    await page.locator("#notice").getByText("It is done").waitFor();
    expect(await page.locator("#announcer").textContent()).toMatch(
      /^Favourites: Nothing is stored\. Last deleted on /,
    );
    expect(await page.locator("#choose-2").isChecked()).toBe(true);
    expect(await page.evaluate("document.activeElement.id")).toBe("choose-2");
    expect(page.url()).toBe(`${portal.url}/users/${uid}`);
    await look("4-after");

    await page.setViewportSize({ width: 360, height: 780 });
    await look("5-phone");
    const overflow = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
    expect(overflow).toBe(false);
    expect({ barriers, complaints }).toEqual({ barriers: [], complaints: [] });
  },
);

test.each([320, 360, 768, 1024, 1280])(
  "in %i pixels no table leaves its tile, and the headings stand beside one another",
  async (width) => {
    if (missing) return;
    await using browser = await openBrowser({});
    const { page } = browser;
    await page.setViewportSize({ width, height: 780 });
    await page.goto(`${portal.url}/users/4004`);
    await page.locator("#rows-total strong").getByText("14 rows").waitFor();
    await page.screenshot({ path: join(pictures, `broad-${width}.png`), fullPage: true });
    expect(await page.evaluate(findSpills)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);
    expect(await page.evaluate(findOverlap)).toBe(false);
  },
);

/** Tables that are wider than what they lie in. Runs in the page. */
const findSpills = `[...document.querySelectorAll(".table table")].flatMap((table) => {
  const edge = table.parentElement.getBoundingClientRect().right;
  return table.getBoundingClientRect().right > edge ? [table.textContent] : [];
})`;

/** Whether the sum stands upon the heading. Runs in the page. */
const findOverlap = `(() => {
  const text = document.createRange();
  text.selectNodeContents(document.querySelector(".held h2"));
  const heading = text.getBoundingClientRect();
  const total = document.querySelector("#rows-total").getBoundingClientRect();
  return heading.right > total.left && heading.bottom > total.top;
})()`;

test("a browser that runs no scripts deletes by forms and reloads", async ({ skip }) => {
  skip(missing !== null, missing ?? "");
  await using browser = await openBrowser({ javaScriptEnabled: false });
  const { page } = browser;
  await page.goto(`${portal.url}/users/4003`);
  await page.getByLabel("Favourites").check();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("heading", { name: "Delete 1 category?" }).waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.locator("#state-1").getByText("Being deleted…").waitFor();
  await finish("4003");
  await page.getByRole("link", { name: "Reload" }).click();
  await page.locator("#state-1").getByText("Nothing is stored").waitFor();
  expect(await page.locator("#rows-total strong").textContent()).toBe("1 row");
});

test("on a low screen what was chosen is seen when it is being deleted, though the button is far below", async ({
  skip,
}) => {
  skip(missing !== null, missing ?? "");
  await using browser = await openBrowser({});
  const { page } = browser;
  await page.setViewportSize({ width: 1280, height: 480 });
  await page.goto(`${portal.url}/users/4003`);
  await page.getByLabel("Subscriptions").check();
  // As far down as the column goes, for the answer has to bring it up again.
  await page.evaluate("document.querySelector('.choose').scrollTop = 10_000");
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.locator("#state-2").getByText("Being deleted…").waitFor();
  const above = await page.evaluate(
    "document.querySelector('#state-2').getBoundingClientRect().top - document.querySelector('.choose').getBoundingClientRect().top",
  );
  expect(above).toBeGreaterThanOrEqual(0);
  expect(await focusedText(page)).toContain("Your wish is recorded");
});
