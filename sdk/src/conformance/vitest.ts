import { checks } from "./checks.ts";
import { type ConformanceOptions, type ConformanceReport, runConformance } from "./run.ts";
import type { CheckResult } from "./runner.ts";

/** As much of vitest's `test` as is used. */
export type TestFunction = (
  name: string,
  run: (context: { skip: (note?: string) => void }) => Promise<void>,
  timeoutMs?: number,
) => unknown;

const longestRunMs = 20 * 60_000;

/**
 * Makes a test of each check. The service is checked once, when the first of them runs, and has to be
 * running by then; each test is over as soon as its check is.
 * @param test - vitest's.
 * @param options - as for {@link runConformance}; a function is called when the first test runs.
 */
export function testConformance(
  test: TestFunction,
  options: ConformanceOptions | (() => ConformanceOptions | Promise<ConformanceOptions>),
): void {
  const run = createRun(options);
  for (const { name, duty } of checks) {
    test(
      `${name}: ${duty}`,
      async ({ skip }) => {
        const result = await run.resultOf(name);
        const text = result.reason ?? textOf(result);
        if (result.outcome === "passed") return;
        if (/^(skipped|not_applicable)$/.test(result.outcome)) return skip(text);
        throw new Error(text);
      },
      longestRunMs,
    );
  }
}

function createRun(options: Parameters<typeof testConformance>[1]) {
  const results = new Map<string, CheckResult>();
  const wakers = new Set<() => void>();
  let running: Promise<ConformanceReport> | undefined;

  async function start(): Promise<ConformanceReport> {
    const given = typeof options === "function" ? await options() : options;
    const onResult = (result: CheckResult) => {
      results.set(result.name, result);
      given.onResult?.(result);
      for (const wake of wakers) wake();
    };
    return await runConformance({ ...given, onResult });
  }

  async function resultOf(name: string): Promise<CheckResult> {
    running ??= start();
    const over = new Promise<void>((resolve) => {
      wakers.add(() => results.has(name) && resolve());
    });
    if (!results.has(name)) await Promise.race([over, running]);
    const result = results.get(name);
    if (!result) throw new Error(`${name} was not made`);
    return result;
  }

  return { resultOf };
}

function textOf({ source, breaches }: CheckResult): string {
  return breaches
    .map(
      ({ expected, happened, lookAt }) =>
        `expected  ${expected}\nhappened  ${happened}\nlook at   ${lookAt} (${source})`,
    )
    .join("\n\n");
}
