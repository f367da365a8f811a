import type { ConformanceReport } from "../run.ts";
import type { CheckResult } from "../runner.ts";

/** A report as JUnit XML: a suite, and in it a case for each check. */
export function toJunit(report: ConformanceReport): string {
  const { results, service, startedAt, durationMs } = report;
  const count = (...outcomes: readonly string[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const suite = attributes({
    name: `takeout-conform ${service}`,
    tests: results.length,
    failures: count("failed"),
    errors: count("could_not_run"),
    skipped: count("skipped", "not_applicable", "not_judged"),
    timestamp: startedAt.toISOString(),
    time: seconds(durationMs),
  });
  const cases = results.map((result) => caseOf(result, service));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite ${suite}>`,
    ...cases,
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}

function caseOf(result: CheckResult, service: string): string {
  const { name, durationMs } = result;
  const own = attributes({
    classname: `takeout-conform.${service}`,
    name,
    time: seconds(durationMs),
  });
  const inside = insideOf(result);
  return inside ? `<testcase ${own}>${inside}</testcase>` : `<testcase ${own}/>`;
}

function insideOf({ outcome, duty, source, reason = "", breaches }: CheckResult): string {
  switch (outcome) {
    case "passed":
      return "";
    case "failed": {
      const text = breaches
        .map(
          ({ expected, happened, lookAt }) =>
            `expected: ${expected}\nhappened: ${happened}\nlook at: ${lookAt}`,
        )
        .join("\n\n");
      return `<failure ${attributes({ message: `${duty} (${source})` })}>${escapeXml(text)}</failure>`;
    }
    case "could_not_run":
      return `<error ${attributes({ message: reason })}/>`;
    default:
      return `<skipped ${attributes({ message: reason })}/>`;
  }
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(" ");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them.
  const allowed = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return allowed.replace(/[&<>"\n]/g, (character) => entities[character] ?? character);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
