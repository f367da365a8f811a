/** What the rules need to know of the configuration: categories, services and how each service is treated. */

export interface Category {
  readonly id: string;
  readonly slug: string;
}

/** Durations in milliseconds. */
export interface ServiceRules {
  readonly name: string;
  readonly categories: readonly string[];
  /** Whether it gives copies of its data. */
  readonly export: boolean;
  readonly completion: "report" | "answer";
  readonly after: readonly string[];
  readonly attempts: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  readonly timeout: {
    readonly statusMs: number;
    readonly deleteMs: number;
    readonly exportMs: number;
  };
  readonly reportWithinMs: number;
  readonly concurrency: number;
}

export interface Registry {
  readonly categories: readonly Category[];
  readonly services: readonly ServiceRules[];
  findService(name: string): ServiceRules | undefined;
  hasCategory(categoryId: string): boolean;
  /** Whether the service is configured for the category; a part that is not is held (contract 12). */
  holds(service: string, categoryId: string): boolean;
  servicesOf(categoryId: string): readonly ServiceRules[];
  /** Of one deletion: one for each service of each category. */
  readonly mostParts: number;
  /** Services that some other service waits for. */
  readonly predecessors: ReadonlySet<string>;
}

export function createRegistry(config: {
  readonly categories: readonly Category[];
  readonly services: readonly ServiceRules[];
}): Registry {
  const services = new Map(config.services.map((service) => [service.name, service]));
  const categoryIds = new Set(config.categories.map((category) => category.id));
  const byCategory = new Map(
    config.categories.map(({ id }) => [
      id,
      config.services.filter((service) => service.categories.includes(id)),
    ]),
  );
  return {
    categories: config.categories,
    services: config.services,
    findService: (name) => services.get(name),
    hasCategory: (categoryId) => categoryIds.has(categoryId),
    holds: (service, categoryId) =>
      categoryIds.has(categoryId) &&
      (services.get(service)?.categories.includes(categoryId) ?? false),
    servicesOf: (categoryId) => byCategory.get(categoryId) ?? [],
    mostParts: [...byCategory.values()].reduce((sum, services) => sum + services.length, 0),
    predecessors: new Set(config.services.flatMap((service) => service.after)),
  };
}
