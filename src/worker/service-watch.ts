import { setTimeout } from "node:timers/promises";
import type { FlowContext } from "../flows/context.ts";
import { learnServices } from "../flows/learn-services.ts";
import { probeService } from "../flows/probe-service.ts";
import { resumeParked } from "../flows/resume-parked.ts";
import { createTurns } from "./turns.ts";

const learnEveryMs = 1_000;
/** So that the backlogs of many services that recover at once leave the ledger to others too. */
const linesAtOnce = 2;

/**
 * Keeps this process's knowledge of the services fresh: their breakers, pauses and lines. A worker also
 * probes those whose breaker is open, and lets those who wait in line go on as room comes; both only while
 * others could tell that it died.
 *
 * @param worker - `null`: this process only listens.
 */
export async function watchServices(
  context: FlowContext,
  stopping: AbortSignal,
  worker: { isProven(): boolean } | null,
): Promise<void> {
  const { gates, outage } = context;
  const warn = (service: string, error: unknown) =>
    context.log.warn({ service, error }, "the service's line could not be looked at");
  const lines = createTurns(linesAtOnce, async (service) => {
    try {
      return await resumeParked(context, { service });
    } catch (error) {
      warn(service, error);
      return "done"; // what is known of the services is read again soon
    }
  });
  const probing = new Set<string>();
  const probe = async (service: string) => {
    if (probing.has(service)) return;
    probing.add(service);
    await probeService(context, { service }).catch((error) => warn(service, error));
    probing.delete(service);
  };
  const mayWork = () => worker?.isProven() ?? false;
  gates.onRoom((service) => {
    if (mayWork()) lines.ask(service);
  });
  while (!stopping.aborted) {
    await learnServices(context).then(outage.answered, (error) =>
      outage.failed(error, "what is known of services could not be read"),
    );
    if (mayWork()) for (const service of gates.probesDue()) void probe(service);
    const pauseMs = learnEveryMs * (0.8 + Math.random() * 0.4);
    await setTimeout(pauseMs, null, { signal: stopping }).catch(() => {});
  }
  gates.onRoom(null);
}
