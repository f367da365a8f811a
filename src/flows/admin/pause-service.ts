import { TakeoutError } from "../../domain/errors.ts";
import type { ShownService } from "../../domain/shown.ts";
import {
  pauseService as pauseInStore,
  resumeService as resumeInStore,
} from "../../store/service-states.ts";
import type { FlowContext } from "../context.ts";
import { learnServices } from "../learn-services.ts";
import { type Act, performAct } from "./act.ts";
import { countBacklog, showService } from "./list-services.ts";

export interface PauseInput {
  readonly act: Act;
  readonly service: string;
  /** False: it is resumed. */
  readonly isToPause: boolean;
}

/**
 * Lets nothing of a service be called, or lets it be called again; other processes learn it within a second.
 * What is due meanwhile waits in the service's line, which goes on by itself. Idempotent.
 *
 * @throws TakeoutError `not_found`, and as `performAct`.
 * Source: contract 10.
 */
export async function pauseService(context: FlowContext, input: PauseInput): Promise<ShownService> {
  const { act, service, isToPause } = input;
  const shown = await performAct(
    context,
    act,
    async (tx, backlogs) => {
      await (isToPause ? pauseInStore : resumeInStore)(tx, service);
      return { result: await showService(context, tx, service, backlogs), target: service };
    },
    async () => {
      if (!context.registry.findService(service)) throw new TakeoutError("not_found");
      return await countBacklog(context, service);
    },
  );
  await learnServices(context).catch(() => {}); // and this process at once
  return shown;
}
