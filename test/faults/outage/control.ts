import { createDice } from "../../support/random.ts";
import { type LoadProgress, runLoad } from "../client.ts";
import type { Act, Scenario } from "../scenario.ts";
import { createStage, type Stage } from "../stage.ts";

/** A part that was deleted: from its deletion's acceptance to its end. */
export interface Completion {
  readonly service: string;
  readonly acceptedAt: number;
  readonly tookMs: number;
}

/**
 * A second hub beside the first, with processes, database, services and load of the same kind, that no fault
 * befalls. What others do on the machine befalls both, so what differs is the faults' doing.
 */
export interface Control extends AsyncDisposable {
  readonly stage: Stage;
  /** Ends its load, and tells how long each part took. */
  finish(): Promise<readonly Completion[]>;
}

export async function startControl(
  { setup, load }: Pick<Scenario, "setup" | "load">,
  { stage: { seed } }: Act,
): Promise<Control> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await createStage(setup, { seed }));
  await stage.fleet.start();
  const stopping = new AbortController();
  const progress: LoadProgress = { ok: 0, failed: 0, unknown: 0, givenUp: 0 };
  const loaded = runLoad(load, {
    ...{ portal: stage.portal, urls: stage.fleet.urls(), folder: stage.folder, progress },
    ...{ dice: createDice(seed), countOpen: async () => null, stopping: stopping.signal },
  });
  loaded.catch(() => {}); // awaited below
  stack.defer(async () => {
    stopping.abort();
    await loaded.catch(() => {});
  });
  const kept = stack.move();
  return {
    stage,
    async finish() {
      stopping.abort();
      await loaded;
      return await readCompletions(stage);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function readCompletions({ sql }: Stage): Promise<Completion[]> {
  return await sql<Completion[]>`
    select service, (extract(epoch from accepted_at) * 1000)::float8 as "acceptedAt",
           (extract(epoch from parts.closed_at - accepted_at) * 1000)::float8 as "tookMs"
      from parts join deletions on id = deletion_id where parts.state = 'deleted'`;
}
