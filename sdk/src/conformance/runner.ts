import { withDeadline } from "../deadline.ts";
import { type Breach, CouldNotRun, DutyBroken, NotApplicable } from "./breach.ts";
import type { Check, Hook, Phase } from "./check.ts";
import type { Kit } from "./kit.ts";
import { waitUntilReady } from "./reachable.ts";

/**
 * What became of a check. `skipped`: by `--skip`. `not_applicable`: the duty does not concern this
 * service. `not_judged`: a check that it builds on did not pass. `could_not_run`: something from
 * outside is missing or failed.
 */
export type Outcome =
  | "passed"
  | "failed"
  | "skipped"
  | "not_applicable"
  | "not_judged"
  | "could_not_run";

/** A check and what became of it. */
export interface CheckResult {
  name: string;
  duty: string;
  source: string;
  outcome: Outcome;
  /** Why, for every outcome but `passed` and `failed`. */
  reason?: string;
  /** Of a failed check; at least one. */
  breaches: readonly Breach[];
  durationMs: number;
}

/** What a run needs beside the checks. */
export interface RunOptions {
  /** Names of checks that are left out. */
  skip: ReadonlySet<string>;
  /** Is told of each check as soon as it is over. */
  onResult: (result: CheckResult) => void;
}

const first = "status-answer";
const longestCheckMs = 15 * 60_000;
const flags: Readonly<Record<Hook, string>> = {
  seed: "--seed CMD",
  restart: "--restart CMD",
  serviceKeys: "--service-keys FILE|URL",
};

/** Makes the checks, phase by phase. Never rejects; results stand in the order of the checks. */
export async function runChecks(
  checks: readonly Check[],
  kit: Kit,
  options: RunOptions,
): Promise<readonly CheckResult[]> {
  const results = new Map<string, CheckResult>();
  const judged = createJudged(checks);
  let isGone = false;

  async function make(check: Check): Promise<void> {
    await judged.all(check.needs ?? []);
    const startedAt = performance.now();
    const { reason, ...rest } = await outcomeOf(check);
    const result: CheckResult = {
      name: check.name,
      duty: check.duty,
      source: check.source,
      breaches: [],
      ...rest,
      ...(reason !== undefined && { reason }),
      durationMs: Math.round(performance.now() - startedAt),
    };
    results.set(check.name, result);
    judged.settle(check.name);
    options.onResult(result);
    if (result.outcome === "failed" && check.phase !== "background") await lookAfter(check);
  }

  async function outcomeOf(check: Check): Promise<Judgement> {
    if (options.skip.has(check.name)) return { outcome: "skipped", reason: "left out by --skip" };
    const missing = check.hooks?.find((hook) => !kit.hasHook[hook]);
    if (missing) {
      const reason = `needs ${flags[missing]} (or --skip ${check.name})`;
      return { outcome: "could_not_run", reason };
    }
    if (isGone) return { outcome: "not_judged", reason: "the service does not answer any more" };
    const unmet = [first, ...(check.needs ?? [])].find((name) => isUnmet(results.get(name)));
    if (unmet) return { outcome: "not_judged", reason: `it builds on ${unmet}` };
    return await judge(check, kit);
  }

  /** What a check broke must not be held against those after it. */
  async function lookAfter(check: Check): Promise<void> {
    if (check.name === first || (await isUp(kit))) return;
    if (kit.hasHook.restart) await kit.restart().catch(() => {});
    isGone = !(await isUp(kit));
  }

  const inPhase = (phase: Phase) => checks.filter((check) => check.phase === phase);
  const inOrder = async (phase: Phase) => {
    for (const check of inPhase(phase)) await make(check);
  };
  await inOrder("door");
  const background = inPhase("background").map(make);
  await inOrder("deletion");
  await Promise.all(background);
  await inOrder("restart");
  await inOrder("end");
  return checks.flatMap(({ name }) => results.get(name) ?? []);
}

interface Judgement {
  outcome: Outcome;
  reason?: string | undefined;
  breaches?: readonly Breach[];
}

async function judge(check: Check, kit: Kit): Promise<Judgement> {
  try {
    await withDeadline(undefined, longestCheckMs, () => check.run(kit));
    return { outcome: "passed" };
  } catch (error) {
    if (error instanceof DutyBroken) return { outcome: "failed", breaches: error.breaches };
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof NotApplicable) return { outcome: "not_applicable", reason };
    if (error instanceof CouldNotRun) return { outcome: "could_not_run", reason };
    return { outcome: "could_not_run", reason: `a fault of the kit itself: ${reason}` };
  }
}

function isUnmet(result: CheckResult | undefined): boolean {
  return result !== undefined && ["failed", "not_judged", "could_not_run"].includes(result.outcome);
}

async function isUp(kit: Kit): Promise<boolean> {
  return (await waitUntilReady(kit)).kind === "answer";
}

/** Lets a check wait for those that it needs, also when they are made beside it. */
function createJudged(checks: readonly Check[]) {
  const settlers = new Map<string, () => void>();
  const waits = new Map(
    checks.map(({ name }) => [
      name,
      new Promise<void>((resolve) => {
        settlers.set(name, resolve);
      }),
    ]),
  );
  return {
    settle: (name: string) => settlers.get(name)?.(),
    all: (names: readonly string[]) => Promise.all(names.map((name) => waits.get(name))),
  };
}
