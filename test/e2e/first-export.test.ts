import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { demoPortal, demoServices } from "../../scripts/start/demo.ts";
import { missingForBrowser, openBrowser } from "../portal/support/browser.ts";
import { unzip } from "../support/exports.ts";
import { findFreePort } from "../support/ports.ts";
import { startProcess, until } from "../support/processes.ts";

const root = join(import.meta.dirname, "..", "..");
const missing = missingForBrowser();

test("after npm start, a press on the portal's page gives a ZIP of five services that anybody can read", async ({
  skip,
}) => {
  skip(missing !== null, missing ?? "");
  const data = await mkdtemp(join(tmpdir(), "takeout copy "));
  const names = ["PORT", ...[demoPortal, ...demoServices].map(({ variable }) => variable)];
  const free = await Promise.all(names.map(async (name) => [name, `${await findFreePort()}`]));
  const ports: Record<string, string> = Object.fromEntries(free);
  const env = { ...process.env, ...ports, TAKEOUT_DATA: data };
  {
    const landscape = startProcess("npm", ["start"], { cwd: root, env });
    // Killed, npm would leave everything that it has started.
    await using _stopping = {
      async [Symbol.asyncDispose]() {
        landscape.child.kill("SIGTERM");
        await landscape.exit;
      },
    };
    await until("npm start", () => landscape.output().includes("ready in"), 120_000);
    await using browser = await openBrowser({ colorScheme: "light" });
    const { page } = browser;
    await page.goto(`http://127.0.0.1:${ports.PORTAL_PORT}/users/4001`);
    await page.getByRole("button", { name: "Export my data" }).click();
    const link = page.getByRole("link", { name: "Download" });
    await link.waitFor({ timeout: 90_000 });
    const copy = page.locator("#copy");
    await copy.getByText("Every service has given what it holds of you.").waitFor();
    const downloading = page.waitForEvent("download");
    await link.click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    const zip = await readFile(await download.path());
    const files = await unzip(new Uint8Array(zip).buffer);
    const expected = [
      "identity/identifiers.json",
      "index.html",
      "manifest.json",
      "manifest.jws",
      "payments/cards.json",
      "payments/receipts.json",
      "realty/own-offers.json",
      "realty/profile.json",
      "rides/contacts.json",
      "rides/debts.json",
      "rides/rides.json",
      "travel/trips.json",
    ];
    expect([...files.keys()]).toEqual(expect.arrayContaining(expected));
    const read = (name: string) => JSON.parse(files.get(name)?.toString() ?? "");
    expect(read("realty/profile.json")).toMatchObject([{ name: "Mira Halonen" }]);
    // The agency's offers are not the user's.
    expect(read("realty/own-offers.json")).toHaveLength(3);
    expect(read("travel/trips.json")).toHaveLength(5);
    expect(read("rides/rides.json")).toHaveLength(7);

    const folder = join(data, "unpacked");
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    for (const summary of await page.locator("summary").all()) await summary.click();
    const text = await page.locator("body").innerText();
    for (const told of ["Mira Halonen", "Flat with 2 rooms", "Lisbon", "Home to the station"]) {
      expect(text).toContain(told);
    }
    expect(await browser.findBarriers()).toEqual([]);
    expect(browser.complaints).toEqual([]);
  }
  await rm(data, { recursive: true, force: true });
});
