import { sendWithinMs } from "../../../src/domain/plan.ts";
import type { Report } from "../../../src/domain/report.ts";
import { checkErased, checkSend } from "./violations.ts";
import { type Flight, note, type Order, type World } from "./world.ts";

/** What a service does with a delete call that reaches it. */
export const reactions = ["obeys", "fails", "denies", "refuses", "accepts and forgets"] as const;
export type Reaction = (typeof reactions)[number];

/** Sends a claimed call, if its drive's clock still allows it, and lets the service react. */
export function send(world: World, flight: Flight, reaction: Reaction): void {
  const isLate = world.now - flight.claimedAt > sendWithinMs;
  if (isLate && world.bug !== "clock check before the send removed") {
    flight.outcome = { kind: "unsent" };
    note(world, "not sent: too late");
    return;
  }
  note(world, `sent ${flight.call.kind}`);
  if (flight.call.kind === "status")
    flight.outcome = { kind: "status", states: ask(world, flight) };
  else flight.outcome = { kind: "delete", outcome: order(world, flight, reaction) };
}

function order(world: World, flight: Flight, reaction: Reaction) {
  const { deletion, call } = flight;
  const to = world.bug === "fence taken anew at each call" ? world.now : deletion.fenceAt;
  checkSend(world, deletion, flight, to);
  if (reaction === "fails") return { kind: "failed", code: "http_500", retryAfterMs: 0 } as const;
  if (reaction === "denies") return { kind: "denied", reason: "debt" } as const;
  if (reaction === "refuses") return { kind: "refused", code: "http_403" } as const;
  if (reaction === "accepts and forgets") return { kind: "accepted" } as const;
  const orders = call.parts.map(
    ({ categoryId }): Order => ({
      user: deletion.user,
      service: call.service,
      categoryId,
      deletionId: deletion.id,
      attempt: call.attempt,
      to,
      fence: deletion.fence,
    }),
  );
  if (world.registry.findService(call.service)?.completion === "report") {
    world.orders.push(...orders);
    return { kind: "accepted" } as const;
  }
  for (const each of orders) erase(world, each);
  return { kind: "done", outcome: "erased", retainedUntil: null, reason: null } as const;
}

function ask(world: World, { deletion, call }: Flight) {
  return new Map(
    call.parts.map(({ categoryId }) => {
      const isOf = (item: { user: string; service: string; categoryId: string }) =>
        item.user === deletion.user &&
        item.service === call.service &&
        item.categoryId === categoryId;
      if (world.orders.some(isOf)) return [categoryId, "delete_in_progress" as const];
      return [
        categoryId,
        world.rows.some(isOf) ? ("ready_to_delete" as const) : ("empty" as const),
      ];
    }),
  );
}

/** A service carries out an order it took on, and writes its report. */
export function work(
  world: World,
  at: number,
  how: "deleted" | "failed" | "failed for good",
): void {
  const [order] = world.orders.splice(at, 1);
  if (!order) return;
  if (how === "deleted") erase(world, order);
  world.letters.push({ ...order, report: reportOf(world, order, how) });
}

function reportOf(world: World, order: Order, how: Parameters<typeof work>[2]): Report {
  return {
    state: how === "deleted" ? "deleted" : "delete_failed",
    deletionId: order.deletionId,
    attempt: order.attempt,
    outcome: "erased",
    retainedUntil: null,
    reason: null,
    errorCode: null,
    isRetriable: how === "failed",
    completedAt: world.now,
    to: order.to,
  };
}

function erase(world: World, order: Order): void {
  const doomed = world.rows.filter(
    (row) =>
      row.user === order.user &&
      row.service === order.service &&
      row.categoryId === order.categoryId &&
      row.createdAt <= order.to,
  );
  checkErased(doomed, order.fence);
  for (const row of doomed) world.rows.splice(world.rows.indexOf(row), 1);
  if (doomed.length > 0) note(world, "rows erased");
}
