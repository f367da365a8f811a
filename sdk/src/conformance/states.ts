import { setTimeout as pause } from "node:timers/promises";
import type { DataState } from "../../../generated/hub.ts";
import { DutyBroken } from "./breach.ts";
import { type Answer, describe, isAnswer } from "./calls.ts";
import type { Kit } from "./kit.ts";
import type { TestUser } from "./user.ts";

/** The state of each category that was asked for. */
export type States = ReadonlyMap<string, DataState>;

const known: readonly unknown[] = ["empty", "ready_to_delete", "delete_in_progress"];
const pollMs = 50;
// A service that counts a row as gone a moment after its report is late, but it is not lost.
const graceMs = 5_000;

/** Asks the service what it holds of the user. */
export function askStatus(
  kit: Kit,
  user: TestUser,
  categories: readonly string[] = kit.categories,
): Promise<Answer> {
  return kit.call("status", { ...user.body, categories });
}

/**
 * Asks, and reads the answer in either form.
 * @throws DutyBroken when it is not 200, or leaves out a category.
 * Source: contract section 7.
 */
export async function statesOf(
  kit: Kit,
  user: TestUser,
  categories: readonly string[] = kit.categories,
): Promise<States> {
  const answer = await askStatus(kit, user, categories);
  const states = readStates(answer, categories);
  if (states) return states;
  throw new DutyBroken({
    expected: "status is answered 200 with a state for every category asked",
    happened: isAnswer(answer, 200)
      ? "200 with a body that is none, or leaves out a category"
      : describe(answer),
    lookAt: "the handler of POST /v1/takeout/status/, and what it makes of these identifiers",
  });
}

/** The states in an answer, where there is one for every category. */
export function readStates(answer: Answer, categories: readonly string[]): States | undefined {
  if (!isAnswer(answer, 200)) return undefined;
  const body = answer.json as { categories?: unknown; data_state?: unknown } | null | undefined;
  const listed = Array.isArray(body?.categories)
    ? new Map(body.categories.map((entry) => [entry?.id, entry?.data_state]))
    : undefined;
  const states = categories.map((id) => [id, listed ? listed.get(id) : body?.data_state] as const);
  return states.every(([, state]) => known.includes(state)) ? new Map(states) : undefined;
}

/**
 * Waits until every category is in the wanted state: for as long as the service says that it is
 * still deleting, and a short while longer.
 * @throws DutyBroken naming the categories that are not.
 */
export async function expectStates(
  kit: Kit,
  user: TestUser,
  wanted: "empty" | "ready_to_delete",
  about: { because: string; lookAt: string; categories?: readonly string[] },
): Promise<void> {
  const { categories = kit.categories, because, lookAt } = about;
  const states = await settled(kit, user, wanted, categories);
  const wrong = [...states].filter(([, state]) => state !== wanted);
  if (wrong.length === 0) return;
  throw new DutyBroken({
    expected: `status says \`${wanted}\`: ${because}`,
    happened: wrong.map(([id, state]) => `category ${id}: \`${state}\``).join(", "),
    lookAt,
  });
}

async function settled(
  kit: Kit,
  user: TestUser,
  wanted: DataState,
  categories: readonly string[],
): Promise<States> {
  const startedAt = performance.now();
  for (;;) {
    const states = await statesOf(kit, user, categories);
    const left = [...states.values()].filter((state) => state !== wanted);
    const waitedMs = performance.now() - startedAt;
    // What is gone does not come back: waiting would only hide that it was gone.
    if (left.length === 0 || left.includes("empty")) return states;
    const mayTakeMs = left.includes("delete_in_progress") ? kit.patienceMs : graceMs;
    if (waitedMs > Math.min(mayTakeMs, kit.patienceMs)) return states;
    await pause(pollMs);
  }
}
