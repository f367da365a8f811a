// Whether the installed package works in a runtime: a status, a deletion, an export and a refused ticket,
// without a port. Needs nothing of Node, so that Bun, Deno and others can run it.
import { createTakeoutClient } from "takeout-sdk";
import { createNodeHandler } from "takeout-sdk/node";
import {
  category,
  createTakeoutService,
  erased,
  exportItem,
  files,
  json,
} from "takeout-sdk/service";
import { createFakeHub, createMemoryStore } from "takeout-sdk/testing";
import { createTicketVerifier } from "takeout-sdk/tickets";

function check(what, is, shouldBe) {
  if (JSON.stringify(is) === JSON.stringify(shouldBe)) return;
  throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(shouldBe)}`);
}

const hub = await createFakeHub({ service: "realty" });
const user = { uids: ["4001"] };

async function tryService(options) {
  const takeout = createTakeoutService({
    ...hub.serviceOptions,
    ...options,
    categories: [category("1", { status: async () => "empty", delete: async () => erased() })],
    exports: [
      exportItem("profile", async () => json({ name: "Ada" })),
      exportItem("rows", async () =>
        files({ name: "rows", content: () => new Blob(["rows"]).stream() }),
      ),
    ],
  });
  if (options.store) await takeout.start();
  hub.connect(takeout);
  check("status", await hub.status(user, ["1"]), { 1: "empty" });
  const deletion = await hub.delete(user, ["1"]);
  check("deletion", (await deletion.ended())[0]?.outcome, "erased");
  const job = await (await hub.export(user, ["1"])).ended();
  check("export", [job.state, job.text("rows")], ["exported", "rows"]);
  const refused = { "x-ya-service-ticket": await hub.ticket({ claims: { aud: "other" } }) };
  check("refusal", (await hub.call("/v1/takeout/status/", {}, refused)).status, 401);
  check("handler", typeof createNodeHandler(takeout), "function");
  await takeout.close();
}

await tryService({ log: () => {} });
await tryService({ log: () => {}, store: createMemoryStore() });
const report = { yandex_uid: "4001", category_id: "1", state: "deleted" };
await createTakeoutClient(hub.serviceOptions).setDataStatus(report);
const verifier = createTicketVerifier({ ...hub.serviceOptions });
check("ticket", (await verifier.verify(await hub.ticket())).kind, "valid");
console.log("takeout-sdk works here");
