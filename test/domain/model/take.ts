import type { Report } from "../../../src/domain/report.ts";
import { askForStatus } from "./ask-for-status.ts";
import { drive, operate, receive, record, request, retry, unpark } from "./hub.ts";
import { send, work } from "./services.ts";
import type { Step, StepOf } from "./steps.ts";
import { checkWorld } from "./violations.ts";
import { type ModelDeletion, note, type World } from "./world.ts";

/** Lets one thing happen, and looks whether all guarantees still hold. */
export function take(world: World, step: Step): void {
  world.now += 1;
  const act: (world: World, step: never) => void = acts[step.kind];
  act(world, step as never);
  checkWorld(world);
}

const acts: { [Kind in Step["kind"]]: (world: World, step: StepOf<Kind>) => void } = {
  request: (world, { user, categories }) => request(world, user, categories),
  row(world, { user, category, pick }) {
    const service = chosen(world.registry.servicesOf(category), pick)?.name ?? "";
    world.rows.push({ user, service, categoryId: category, createdAt: world.now });
  },
  drive(world, { pick, access }) {
    const deletion = chosen(world.deletions, pick);
    if (deletion) drive(world, deletion, access);
  },
  unpark(world, { pick }) {
    const deletion = chosen(world.deletions, pick);
    if (deletion) unpark(world, deletion);
  },
  send(world, { pick, reaction }) {
    const waiting = [...world.flights].filter(({ outcome }) => outcome === null);
    const flight = chosen(waiting, pick);
    if (flight) send(world, flight, reaction);
  },
  answer(world, { pick, random, isExcused, access }) {
    const answered = [...world.flights].filter(({ outcome }) => outcome !== null);
    const flight = chosen(answered, pick);
    if (flight) record(world, flight, random, { isExcused, access });
  },
  lose(world, { pick }) {
    const flight = chosen([...world.flights], pick);
    if (flight && world.flights.delete(flight)) note(world, "lost");
  },
  work(world, { pick, how }) {
    if (world.orders.length > 0) work(world, pick % world.orders.length, how);
  },
  report(world, { pick, random, form }) {
    const letter = chosen(world.letters, pick);
    if (!letter) return;
    // Without any time on it nobody can tell an old report from a new one.
    if (form === "bare") world.isAnybodyLying = true;
    receive(world, { ...letter, report: forms[form](letter.report) }, random);
  },
  forge(world, step) {
    world.isAnybodyLying = true;
    const service = chosen(world.registry.services, step.pick)?.name ?? "";
    const { user, category: categoryId } = step;
    receive(world, { user, service, categoryId, report: forged(world, step) }, 0);
  },
  operate(world, { pick, service, how }) {
    if (how === "retry") {
      const hasFailed = ({ parts }: ModelDeletion) =>
        parts.some(({ state }) => state === "delete_failed");
      const failed = chosen(world.deletions.filter(hasFailed), pick);
      if (failed) retry(world, failed);
      return;
    }
    const deletion = chosen(world.deletions, pick);
    if (deletion) operate(world, deletion, how, chosen(world.registry.services, service)?.name);
  },
  time(world, { ms }) {
    world.now += ms;
  },
  status: (world, { user, silent }) => askForStatus(world, user, silent),
};

function chosen<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)];
}

/** What an SDK sends, what a careful service of S2 sends, and what the least careful one does. */
const forms = {
  full: (report: Report): Report => report,
  plain: (report: Report): Report => ({ ...report, deletionId: null, attempt: null }),
  bare: (report: Report): Report => ({
    ...report,
    deletionId: null,
    attempt: null,
    completedAt: null,
    to: null,
  }),
};

function forged(world: World, { pick, state, attempt, isFenced }: StepOf<"forge">): Report {
  return {
    state,
    attempt,
    deletionId: isFenced ? (chosen(world.deletions, pick)?.id ?? "nobody's") : null,
    outcome: "erased",
    retainedUntil: null,
    reason: null,
    errorCode: null,
    isRetriable: pick % 2 === 0,
    completedAt: null,
    to: null,
  };
}
