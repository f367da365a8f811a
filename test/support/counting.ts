import { countParts } from "../../src/flows/count-parts.ts";
import type { TestHub } from "./hub.ts";
import { until } from "./processes.ts";

/** Counts until nothing is left to be: what other databases of the same server are at may hold it up. */
export async function countAll(hub: TestHub): Promise<void> {
  await until("all events to be counted", async () => {
    await countParts(hub.flows);
    const [row] = await hub.sql<{ left: number }[]>`
      select count(*)::int as left from events where seq > (select counted_seq from part_watch)`;
    return row?.left === 0;
  });
}
