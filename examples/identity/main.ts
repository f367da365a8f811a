// An identity service: it tells the hub by which identifiers services know a user. What it holds is the user's
// data as well, and goes last, when nobody needs it any more to find the rest.
import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import {
  category,
  createTakeoutService,
  erased,
  exportItem,
  json,
  noData,
  nothingFound,
} from "takeout-sdk/service";
import { createTicketVerifier } from "takeout-sdk/tickets";
import { openDatabase } from "./database.ts";
import { showRows } from "./demo-rows.ts";
import { createDoor } from "./door.ts";

const {
  DATABASE_URL = "",
  TAKEOUT_SERVICE_KEY = "",
  TAKEOUT_HUB_URL = "",
  // A client of the hub has one name and one role: the one that resolves is not the one that deletes.
  RESOLVER_NAME = "identity-resolver",
} = process.env;
const port = Number(process.env.PORT ?? 4104);
const hub = { url: TAKEOUT_HUB_URL, client: "takeout" };
const sql = await openDatabase(DATABASE_URL);

/** The links of a user's rides, in the same category: they must not go in a deletion that leaves the rides. */
const rides = category("8", {
  async status({ uids }) {
    const [found] = await sql<{ some: boolean }[]>`
      select exists (select from identity.links where uid = any(${uids})) as some`;
    return found?.some ? "ready_to_delete" : "empty";
  },
  async delete({ uids, before }) {
    const gone = await sql`
      delete from identity.links where uid = any(${uids}) and used_at <= ${before}`;
    return gone.count > 0 ? erased() : nothingFound();
  },
  exports: [
    exportItem("identifiers", async ({ uids }) => {
      const links = await sql`
        select uid, kind, value, used_at from identity.links where uid = any(${uids}) order by id`;
      return links.length ? json(links) : noData();
    }),
  ],
});

const takeout = createTakeoutService({
  service: "identity",
  signingKey: JSON.parse(readFileSync(TAKEOUT_SERVICE_KEY, "utf8")),
  hub,
  categories: [rides],
});

const door = createDoor(sql, createTicketVerifier({ service: RESOLVER_NAME, hub }));
door.get("/rows", (c) => showRows(sql, c.req.query("uid") ?? ""));
door.notFound((c) => takeout.fetch(c.req.raw));

let isStopping = false;

async function answer(request: Request): Promise<Response> {
  const response = await door.fetch(request);
  // Or a caller that keeps its connection busy would keep the process from ending.
  if (isStopping) response.headers.set("connection", "close");
  return response;
}

const server = serve({ fetch: answer, port, hostname: process.env.HOST ?? "127.0.0.1" }, () =>
  console.log(`identity: listening on http://127.0.0.1:${port}`),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    isStopping = true;
    server.close();
    await takeout.close();
    await sql.end({ timeout: 5 });
  });
}
