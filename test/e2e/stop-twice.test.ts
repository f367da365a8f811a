import { expect, test } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startFakeService } from "../support/fake-service.ts";
import { until } from "../support/processes.ts";
import { createHubClient } from "./support/hub-client.ts";
import { createLandscape } from "./support/landscape.ts";

test("a hub that is told to stop by its group, and again by those that started it, lets its calls end", async () => {
  await using database = await createDatabase();
  await using realty = await startFakeService("realty");
  const answer = Promise.withResolvers<{ status: number }>();
  realty.onDelete = () => answer.promise;
  await using landscape = await createLandscape({
    databaseUrl: database.url,
    categories: ["1"],
    services: [[realty, { completion: "answer" }]],
  });
  const hub = landscape.start("up");
  const client = createHubClient(await hub.address(), landscape.portal);
  await client.remove("4001", "r", ["1"]);
  await until("the call", () => realty.deletes().length === 1);
  hub.child.kill("SIGINT");
  await until("the hub to stop", () => hub.output().includes('"stopping"'));
  hub.child.kill("SIGINT");
  hub.child.kill("SIGTERM");
  answer.resolve({ status: 200 });
  expect(await hub.exit).toEqual({ code: 0, signal: null });
  expect(hub.output()).toContain('"stopped"');
});
