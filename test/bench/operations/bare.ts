import { once } from "node:events";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { categoryId } from "../fill/hub.ts";
import type { Ground } from "../ground.ts";
import { rawRequest } from "../load/requests.ts";
import type { Contender } from "../operation.ts";
import { newUid } from "../people.ts";
import { closedLoop } from "./closed-loop.ts";

const servers = { "bare node:http": "node-http.ts", "bare hono": "hono.ts" } as const;
const requestsMade = 1_000;

/** What the servers alone can do with the same requests, on this machine and beside the same load. */
export async function bareServers(
  ground: Ground,
  stack: AsyncDisposableStack,
  what: "status" | "report",
): Promise<Contender[]> {
  const names = Object.keys(servers) as (keyof typeof servers)[];
  return await Promise.all(names.map((name) => bareServer(ground, stack, name, what)));
}

async function bareServer(
  ground: Ground,
  stack: AsyncDisposableStack,
  name: keyof typeof servers,
  what: "status" | "report",
): Promise<Contender> {
  const child = stack.use(
    startChild({
      program: [join(import.meta.dirname, "..", "bare", servers[name])],
      env: {},
      log: join(ground.folder, `${servers[name]}.log`),
    }),
  );
  const signal = AbortSignal.timeout(20_000);
  const [port] = (await once(child.process, "message", { signal })) as [number];
  const requests = Array.from({ length: requestsMade }, requestOf(ground, what));
  return closedLoop({
    ...{ ground, name, url: `http://127.0.0.1:${port}`, guess: 0, mayRepeat: true },
    prepare: async () => ({ requests }),
  });
}

function requestOf({ people }: Ground, what: "status" | "report"): () => string {
  const [service] = people.services;
  const [portalTicket, serviceTicket] = [
    people.portal.serviceTicket(),
    service?.serviceTicket() ?? "",
  ];
  const path = "/1/takeout/status/";
  const status = () => {
    const userTicket = people.portal.userTicket(newUid());
    return rawRequest({ path, serviceTicket: portalTicket, userTicket });
  };
  const report = () => {
    const named = { yandex_uid: newUid(), category_id: categoryId, state: "deleted" };
    const body = JSON.stringify({ ...named, service: "service-1" });
    return rawRequest({ method: "POST", path: "/takeout/set_data_status", serviceTicket, body });
  };
  return what === "status" ? status : report;
}
