import { expect, test } from "vitest";
import { registryOf } from "./samples.ts";

const registry = registryOf(
  { name: "orders", categories: ["1"] },
  { name: "realty", after: ["orders"] },
);

test("a service holds a category only where both are configured and name each other", () => {
  const pairs = ["orders", "realty", "gone"].flatMap((service) =>
    ["1", "2", "9"].filter((id) => registry.holds(service, id)).map((id) => `${service}/${id}`),
  );
  expect(pairs).toEqual(["orders/1", "realty/1", "realty/2"]);
});

test("a category's services come in configured order, and an unknown category has none", () => {
  expect(registry.servicesOf("1").map(({ name }) => name)).toEqual(["orders", "realty"]);
  expect(registry.servicesOf("2").map(({ name }) => name)).toEqual(["realty"]);
  expect(registry.servicesOf("9")).toEqual([]);
});

test("only a service that another names in `after` is waited for", () => {
  expect([...registry.predecessors]).toEqual(["orders"]);
});
