import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { operations } from "../../generated/operations.ts";
import { partStates } from "../../src/domain/part.ts";
import { watchStuck } from "../../src/flows/watch-stuck.ts";
import { doneReport } from "../e2e/support/hub-client.ts";
import { startFakeService } from "../support/fake-service.ts";
import { createTestHub } from "../support/hub.ts";
import { labelsByMetric } from "../support/metrics.ts";

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const rulesFile = pathOf("scripts/ops/prometheus/takeout.rules.yaml");
const rulesTests = pathOf("test/operations/alerts.yaml");
const dashboardFile = pathOf("scripts/ops/grafana/takeout.json");

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface RuleTest {
  readonly alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[];
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const rules: readonly Rule[] = parse(await readFile(rulesFile, "utf8")).groups[0].rules;
const dashboard = JSON.parse(await readFile(dashboardFile, "utf8"));
const panels: readonly Panel[] = dashboard.panels;
/** What Grafana puts in before it asks. */
const fill = (expr: string) =>
  expr.replaceAll("$__rate_interval", "5m").replaceAll("$service", ".*");
const queries: readonly (readonly [string, string])[] = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }, index) => [`${title} ${index}`, fill(expr)] as const),
  ),
];

const promtool = spawnSync("promtool", ["--version"]).status === 0;
if (!promtool) {
  console.log("promtool is missing (Debian: prometheus), so alerts and queries are not run by it");
}
function runPromtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  expect(status, `${stdout}${stderr}`).toBe(0);
}

describe.skipIf(!promtool)("promtool", () => {
  test("accepts the rules", () => runPromtool("check", "rules", rulesFile));

  test("sees every alert fire when it is to, and keep still otherwise", () =>
    runPromtool("test", "rules", rulesTests));

  test("can read every query of the dashboard", async () => {
    const directory = await mkdtemp(join(tmpdir(), "takeout-queries-"));
    try {
      const file = join(directory, "queries.json");
      const recorded = queries.map(([, expr], index) => ({ record: `query:${index}`, expr }));
      await writeFile(file, JSON.stringify({ groups: [{ name: "queries", rules: recorded }] }));
      runPromtool("check", "rules", file);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

test("every alert is tried both ways", async () => {
  const { tests }: { tests: readonly RuleTest[] } = parse(await readFile(rulesTests, "utf8"));
  const tried = tests.flatMap((each) => each.alert_rule_test);
  const names = (fires: boolean) => [
    ...new Set(
      tried
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === fires)
        .map(({ alertname }) => alertname),
    ),
  ];
  const all = rules.map(({ alert }) => alert).sort();
  expect(names(true).sort()).toEqual(all);
  expect(names(false).sort()).toEqual(all);
});

test("the errors of every operation of the portal are watched", () => {
  const { expr = "" } = rules.find(({ alert }) => alert === "TakeoutPortalErrors") ?? {};
  const watched = [...expr.matchAll(/operation=~"([^"]*)"/g)].map(([, names = ""]) =>
    names.split("|"),
  );
  const ofPortal = Object.values(operations).filter(({ audience }) => audience === "portal");
  expect(watched).toEqual([0, 1].map(() => ofPortal.map(({ id }) => id)));
});

test("the README says of every alert what it means", async () => {
  const readme = await readFile(pathOf("README.md"), "utf8");
  expect(rules.filter(({ alert }) => !readme.includes(`| \`${alert}\` |`))).toEqual([]);
});

describe("every metric that is asked for", () => {
  /** What `/metrics` renders once everything has happened. */
  let rendered: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    await using realty = await startFakeService("realty");
    await using hub = await createTestHub({ services: [[realty]] });
    await hub.remove("1", "r", ["1"]);
    await hub.drain();
    await hub.report(realty, doneReport(realty.deletes().at(-1)?.body, "1"));
    await watchStuck(hub.flows);
    rendered = labelsByMetric(await (await hub.app.request("/metrics")).text());
  });
  afterAll(() => expect(queries.length).toBeGreaterThan(30));

  /** Labels that Prometheus gives to what it scrapes. */
  const scraped = ["instance", "job"];
  const known: Readonly<Record<string, readonly string[]>> = {
    operation: Object.keys(operations),
    state: partStates,
  };

  test.each(queries)("is rendered, with the labels it is asked by: %s", (_, expr) => {
    const names = expr.match(/\b(takeout|nodejs|process)_\w+/g) ?? [];
    expect(names.filter((name) => !rendered.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
    const selectors = [...expr.matchAll(/\b((?:takeout|nodejs|process)_\w+)\{([^}]*)\}/g)];
    for (const [, name = "", matchers = ""] of selectors) {
      for (const [, label = "", values = ""] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
        expect(rendered.get(name), name).toContain(label);
        const allowed = known[label];
        if (allowed) expect(allowed).toEqual(expect.arrayContaining(values.split("|")));
      }
    }
    const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
      list.split(", "),
    );
    const borne = new Set([...names.flatMap((name) => rendered.get(name) ?? []), ...scraped]);
    expect(grouped.filter((label) => !borne.has(label))).toEqual([]);
  });

  test("chooses services by one that is there", () => {
    const [, variable] = dashboard.templating.list;
    const [, name = "", label] = /label_values\((\w+), (\w+)\)/.exec(variable.query.query) ?? [];
    expect(rendered.get(name)).toContain(label);
  });
});
