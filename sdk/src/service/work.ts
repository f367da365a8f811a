import type { TracingClient } from "../client/client.ts";
import { retryPolicyOf } from "../client/retry.ts";
import type { Clock } from "../clock.ts";
import { dispatch } from "../work/dispatch.ts";
import { createEngine, type Engine } from "../work/engine.ts";
import { createMemoryStore } from "../work/memory-store.ts";
import type { AskedDelete, AskedExport } from "../work/record.ts";
import type { WorkRunner } from "../work/store.ts";
import type { Category } from "./category.ts";
import type { Collecting } from "./collecting.ts";
import type { TakeoutServiceOptions } from "./create.ts";
import { createDeleteWork } from "./durable.ts";
import { createExportWork } from "./export-work.ts";
import { describeError, type Log } from "./log.ts";

type Asked = AskedDelete | AskedExport;

/** What goes on behind the answers of a service. */
export interface Work {
  engine: Engine<Asked>;
  start(): Promise<void>;
  stop(withinMs: number): Promise<void>;
}

/** Work in the service's store; without one, exports alone, which then live in memory. */
export function createWork(context: {
  options: TakeoutServiceOptions;
  categories: ReadonlyMap<string, Category>;
  collecting: Collecting;
  client: TracingClient;
  clock: Clock;
  log: Log;
}): Work {
  const { options, clock, log } = context;
  const engine = createEngine<Asked>({
    store: options.store ?? createMemoryStore({ clock, drains: true }),
    owner: options.service,
    kind: dispatch<Asked>({
      delete: createDeleteWork(context),
      export: createExportWork(context),
    }),
    policy: retryPolicyOf(options.retry),
    clock,
    onError: (error) => log({ level: "error", event: "store_failed", error: describeError(error) }),
  });
  let runner: Promise<WorkRunner> | undefined;

  async function start(): Promise<void> {
    runner ??= engine.start();
    await runner.catch((error: unknown) => {
      runner = undefined;
      throw error;
    });
  }

  async function accept(asked: readonly Asked[]): Promise<void> {
    // Nobody is asked to start what is nowhere but here. At once: a stop must find both.
    await Promise.all([engine.accept(asked), options.store ? undefined : start()]);
  }

  async function stop(withinMs: number): Promise<void> {
    const running = await runner?.catch(() => undefined);
    runner = undefined;
    await running?.stop(withinMs);
  }

  return { engine: { ...engine, accept }, start, stop };
}
