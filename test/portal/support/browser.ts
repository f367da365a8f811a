import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const chromium = process.env.CHROMIUM_PATH || "/usr/bin/chromium";
const require = createRequire(import.meta.url);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there can be no browser here; `null` if there can. */
export function missingForBrowser(): string | null {
  if (!existsSync(chromium)) {
    return `no ${chromium}: apt-get install -y chromium, or set CHROMIUM_PATH`;
  }
  try {
    require.resolve("playwright-core");
    require.resolve("axe-core");
    return null;
  } catch {
    return "playwright-core and axe-core are not installed: npm ci";
  }
}

/** A browser with a profile of its own, and a list of what its pages complained of. */
export interface TestBrowser extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, warnings of the console, breaches of the content policy. */
  readonly complaints: string[];
  /** The accessibility rules that the page breaks now, with the elements that do. */
  findBarriers(): Promise<string[]>;
}

export async function openBrowser(
  looks: Pick<BrowserContextOptions, "colorScheme" | "javaScriptEnabled">,
): Promise<TestBrowser> {
  const { chromium: engine } = await import("playwright-core");
  const profile = await mkdtemp(join(tmpdir(), "takeout-browser-"));
  const context = await engine.launchPersistentContext(profile, {
    executablePath: chromium,
    args: flags,
    headless: true,
    ...looks,
    viewport: { width: 1360, height: 1000 },
  });
  const complaints = listenForComplaints(context);
  const page = context.pages()[0] ?? (await context.newPage());
  const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
  return {
    page,
    complaints,
    findBarriers: () => findBarriers(page, axe),
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

function listenForComplaints(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (failure) => complaints.push(String(failure.error())));
  return complaints;
}

/** The debugger's evaluation is no script of the page, so the policy has nothing to say to it. */
async function findBarriers(page: Page, axe: string): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // @ts-expect-error axe has just been put there
    const { violations } = await globalThis.axe.run();
    // biome-ignore lint/suspicious/noExplicitAny: axe's own shape
    return violations.flatMap(({ id, nodes }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: axe's own shape
      nodes.map(({ target, failureSummary }: any) => `${id} ${target}: ${failureSummary}`),
    );
  });
}
