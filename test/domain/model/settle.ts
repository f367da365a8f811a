import { couldGoOn, drive, receive, record, unpark } from "./hub.ts";
import { send, work } from "./services.ts";
import { checkWorld, demand } from "./violations.ts";
import type { World } from "./world.ts";

const longestMs = 5 * 86_400_000;
const mostRounds = 500;
const obeyed = { isExcused: false, access: "call" } as const;

/**
 * Lets everything be delivered and time pass: calls arrive and are obeyed, orders are carried out, reports
 * come once more, and each open deletion is driven when it was signalled or its wake-up has come, as the
 * queue and the sweep do it; services let those in their lines go on. Then everything must end, and long before any deadline.
 */
export function settle(world: World): void {
  const endsBy = world.now + longestMs;
  for (let round = 0; round < mostRounds; round += 1) {
    world.now += 1;
    deliver(world);
    checkWorld(world);
    const open = world.deletions.filter(({ closedAt }) => closedAt === null);
    if (open.length === 0) return;
    for (const deletion of open) unpark(world, deletion);
    const due = open.filter(
      (deletion) => world.signals.has(deletion) || (deletion.wakeAt ?? 0) <= world.now,
    );
    for (const deletion of due) drive(world, deletion);
    checkWorld(world);
    if (due.length === 0 && world.flights.size === 0) {
      for (const deletion of open) demand(!couldGoOn(world, deletion), "awake", deletion.id);
      world.now = Math.min(...open.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY));
    }
    demand(world.now < endsBy, "ends", `${open.map(({ id }) => id)} after five days`);
  }
  demand(false, "ends", `not within ${mostRounds} rounds`);
}

function deliver(world: World): void {
  for (const flight of [...world.flights]) {
    if (flight.outcome === null) send(world, flight, "obeys");
    if (world.flights.has(flight)) record(world, flight, 0.5, obeyed);
  }
  while (world.orders.length > 0) work(world, 0, "deleted");
  for (const letter of world.letters.splice(0)) receive(world, letter, 0.5);
}
