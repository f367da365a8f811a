import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { uidBeginning } from "./client.ts";
import type { Act } from "./scenario.ts";
import { count } from "./stage.ts";

const everyMs = 200;

/** Asks all processes in turn for a user's status, as the portal does, and counts what is answered. */
export async function watchStatus({ stage }: Act, stopping: AbortSignal): Promise<void> {
  const { fleet, portal, tally } = stage;
  const agent = new Agent({ connections: 2 });
  const headers = {
    "x-ya-service-ticket": await portal.serviceTicket(),
    "x-ya-user-ticket": await portal.userTicket(`${uidBeginning}1000000`),
  };
  const urls = fleet.urls();
  for (let turn = 0; !stopping.aborted; turn += 1) {
    const url = `${urls[turn % urls.length]}/1/takeout/status/`;
    const signal = AbortSignal.timeout(15_000);
    const status = await request(url, { dispatcher: agent, headers, signal })
      .then(async ({ statusCode, body }) => body.dump().then(() => statusCode))
      .catch(() => null);
    count(tally, `status ${status === null ? "nothing" : status < 500 ? status : "5xx"}`);
    await pause(everyMs, null, { signal: stopping }).catch(() => {});
  }
  await agent.destroy();
}
