import { type Fault, quote } from "./fault.ts";
import { at, entriesOf, itemsOf } from "./raw.ts";

type Order = ReadonlyMap<string, readonly unknown[]>;

/** `after` names services that exist, and no service waits for itself, however indirectly. */
export function checkOrder(document: unknown): Fault[] {
  const order = new Map(
    entriesOf(at(document, "services")).map(([name, service]) => [
      name,
      itemsOf(at(service, "after")),
    ]),
  );
  return [
    ...[...order].flatMap(([name, after]) => checkAfter(name, after, order)),
    ...findCycles(order),
  ];
}

function checkAfter(name: string, after: readonly unknown[], order: Order): Fault[] {
  return after.flatMap((other, index) => {
    const path = ["services", name, "after", index];
    if (typeof other !== "string") return [];
    if (!order.has(other)) return [{ path, message: `names no service: ${quote(other)}` }];
    return after.indexOf(other) < index ? [{ path, message: `${quote(other)} stands twice` }] : [];
  });
}

/** One fault for each way back to a service that is being walked from: enough to find and cut them all. */
function findCycles(order: Order): Fault[] {
  const faults: Fault[] = [];
  const done = new Set<string>();
  const walk = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return;
    for (const other of order.get(name) ?? []) {
      if (typeof other !== "string" || !order.has(other)) continue;
      const start = [...trail, name].indexOf(other);
      if (start === -1) walk(other, [...trail, name]);
      else faults.push(describeCycle([...trail, name].slice(start)));
    }
    done.add(name);
  };
  for (const name of order.keys()) walk(name, []);
  return faults;
}

function describeCycle(cycle: readonly string[]): Fault {
  const [first = ""] = cycle;
  const message =
    cycle.length === 1 ? "waits for itself" : `a cycle: ${[...cycle, first].join(" after ")}`;
  return { path: ["services", first, "after"], message };
}
