/**
 * The names in a page of Prometheus with the labels that its samples bear. A histogram goes by its own name,
 * without `le`; and by those of its series, with it.
 */
export function labelsByMetric(page: string): Map<string, readonly string[]> {
  const types = new Map<string, string>();
  for (const [, name = "", type = ""] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    types.set(name, type);
  }
  const found = new Map<string, Set<string>>([...types.keys()].map((name) => [name, new Set()]));
  for (const [, series = "", pairs = ""] of page.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gim)) {
    const labels = [...pairs.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    const name = series.replace(/_(bucket|sum|count)$/, "");
    const isHistogram = types.get(name) === "histogram";
    for (const of of isHistogram ? [name, series] : [series]) {
      const kept = labels.filter((label) => of !== name || !isHistogram || label !== "le");
      found.set(of, new Set([...(found.get(of) ?? []), ...kept]));
    }
  }
  return new Map([...found].map(([name, labels]) => [name, [...labels]]));
}
