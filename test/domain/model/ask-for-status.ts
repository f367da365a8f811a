import { mergeStatus, planQuestions, type ServiceAnswer } from "../../../src/domain/merge.ts";
import type { DataState } from "../../../src/domain/outcome.ts";
import { isOpen } from "../../../src/domain/part.ts";
import { ledgerOf } from "./ledger.ts";
import { demand } from "./violations.ts";
import { note, type World } from "./world.ts";

const trustForMs = 3_600_000;

/**
 * The portal asks for a user's status; the services that answer tell the truth.
 *
 * @param silent - a bit for each service that does not answer.
 */
export function askForStatus(world: World, user: string, silent: number): void {
  const { registry } = world;
  const ledger = ledgerOf(world, user);
  const questions = planQuestions(registry, ledger, trustForMs);
  const mute = registry.services.filter((_, at) => ((silent >> at) & 1) === 1);
  const isMute = (name: string) => mute.some((service) => service.name === name);
  const answers = new Map(
    [...questions].map(([service, ids]) => {
      const said = ids.map((id) => [id, truth(world, user, service, id)] as const);
      return [service, isMute(service) ? null : new Map(said)] as const;
    }),
  );
  for (const { id, state } of mergeStatus(registry, ledger, answers, trustForMs).categories) {
    note(world, `status ${state}`);
    if (isPartOpen(world, user, id)) {
      demand(state === "delete_in_progress", "empty", `${user} ${id} is ${state}`);
    }
    const unheard = registry
      .servicesOf(id)
      .filter(({ name }) => questions.get(name)?.includes(id) && isMute(name));
    demand(unheard.length === 0 || state !== "empty", "empty", `${user} ${id}, silent service`);
  }
}

function isPartOpen(world: World, user: string, categoryId: string): boolean {
  return world.deletions.some(
    (deletion) =>
      deletion.user === user &&
      deletion.parts.some((part) => part.categoryId === categoryId && isOpen(part.state)),
  );
}

function truth(world: World, user: string, service: string, categoryId: string): ServiceAnswer {
  const isThere = world.rows.some(
    (row) => row.user === user && row.service === service && row.categoryId === categoryId,
  );
  const state: DataState = isThere ? "ready_to_delete" : "empty";
  return { state, denied: null };
}
