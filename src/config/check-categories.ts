import { type Fault, quote } from "./fault.ts";
import { at, entriesOf, itemsOf } from "./raw.ts";

/** Every category is unique and held by a service, and every category a service names exists. */
export function checkCategories(document: unknown): Fault[] {
  const categories = itemsOf(at(document, "categories"));
  const ids = new Set(categories.map((category) => at(category, "id")));
  return [
    ...findRepeats(categories, "id"),
    ...findRepeats(categories, "slug"),
    ...entriesOf(at(document, "services")).flatMap(([name, service]) =>
      checkHeld(name, service, ids),
    ),
    ...findUnheld(document, categories),
  ];
}

function findRepeats(categories: readonly unknown[], key: "id" | "slug"): Fault[] {
  const values = categories.map((category) => at(category, key));
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (first === index || typeof value !== "string") return [];
    return [
      {
        path: ["categories", index, key],
        message: `${quote(value)} stands at categories[${first}] already`,
      },
    ];
  });
}

function checkHeld(name: string, service: unknown, ids: ReadonlySet<unknown>): Fault[] {
  const held = itemsOf(at(service, "categories"));
  return held.flatMap((id, index) => {
    const path = ["services", name, "categories", index];
    if (typeof id !== "string") return [];
    if (!ids.has(id)) return [{ path, message: `names no category: ${quote(id)}` }];
    return held.indexOf(id) < index ? [{ path, message: `${quote(id)} stands twice` }] : [];
  });
}

function findUnheld(document: unknown, categories: readonly unknown[]): Fault[] {
  const services = entriesOf(at(document, "services")).map(([, service]) => service);
  if (services.some((service) => at(service, "categories") === undefined)) return []; // it holds all
  const held = new Set(services.flatMap((service) => itemsOf(at(service, "categories"))));
  return categories.flatMap((category, index) => {
    const id = at(category, "id");
    if (typeof id !== "string" || held.has(id)) return [];
    return [{ path: ["categories", index], message: `no service holds category ${quote(id)}` }];
  });
}
