import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { explainCategory } from "../../../examples/portal/words/states.ts";
import { listen } from "../../../src/http/server.ts";
import { createDatabase } from "../../support/database.ts";
import { createTestHub } from "../../support/hub.ts";
import { findFreePort } from "../../support/ports.ts";
import { startProcess, until } from "../../support/processes.ts";
import { createClient } from "../../support/tickets.ts";

const main = join(import.meta.dirname, "..", "..", "..", "examples", "feedback", "main.ts");

test("through the hub a user's feedback is anonymised, and the portal says what is kept, why and until when", async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase());
  const [port, client] = [await findFreePort(), await createClient("feedback")];
  const service = { name: "feedback", url: `http://127.0.0.1:${port}`, client };
  const hub = stack.use(await createTestHub({ categories: ["9"], services: [[service]] }));
  const server = await listen(hub.app, { host: "127.0.0.1", port: 0 });
  stack.defer(() => server.close());
  const env = {
    ...process.env,
    PORT: String(port),
    DATABASE_URL: database.url,
    TAKEOUT_SERVICE_KEY: JSON.stringify(client.privateJwk),
    TAKEOUT_HUB_URL: server.address,
    FEEDBACK_TOOL_EVERY_MS: "50",
  };
  const feedback = stack.use(startProcess(process.execPath, [main], { env }));
  await until("feedback", () => feedback.output().includes("listening"));
  const sql = postgres(database.url, { max: 1 });
  stack.defer(() => sql.end());
  const state = async () => (await hub.status("4001")).data[0];
  expect(await state()).toEqual({ id: "9", slug: expect.any(String), state: "ready_to_delete" });

  expect((await hub.remove("4001", "forget-me", ["9"])).status).toBe(200);
  await until("the deletion to end", async () => {
    await hub.drain();
    return (await state()).state !== "delete_in_progress";
  });

  const [held] = await sql`
    select (select count(*)::int from feedback.feedback_task where original_task ->> 'uid' = '4001') as named,
           (select count(*)::int from gdpr.hidden_data where uid = '4001') as hidden,
           (select request_id from gdpr.takeout where uid = '4001') as request`;
  expect(held).toEqual({ named: 0, hidden: 12, request: "forget-me" });
  const after = await state();
  const until180Days = new Date(after.retained[0].until);
  expect(after).toMatchObject({ state: "empty", retained: [{ service: "feedback" }] });
  const [line] = explainCategory(
    {
      ...after,
      updatedAt: null,
      denied: [],
      retained: [{ ...after.retained[0], until: until180Days }],
    },
    [],
    () => "Feedback",
  ).map(({ text }) => String(text));
  expect(line).toContain("Feedback must keep a part until");
  expect(line).toContain("somebody may have to answer for what was written");
});
