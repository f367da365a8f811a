import { setTimeout } from "node:timers/promises";
import type { FlowContext } from "../flows/context.ts";
import { learnServices } from "../flows/learn-services.ts";
import { probeService } from "../flows/probe-service.ts";
import { resumeParked } from "../flows/resume-parked.ts";

const learnEveryMs = 1_000;

/**
 * Keeps this process's knowledge of the services fresh: their breakers, pauses and lines. A worker also
 * probes those whose breaker is open, and lets those who wait in line go on as room comes.
 */
export async function watchServices(
  context: FlowContext,
  stopping: AbortSignal,
  options: { readonly works: boolean },
): Promise<void> {
  const { gates } = context;
  const resume = oneAtATime((service) => resumeParked(context, { service }));
  const probe = oneAtATime((service) => probeService(context, { service }));
  const run = (act: (service: string) => Promise<void>, service: string) =>
    void act(service).catch((error) =>
      context.log.warn({ service, error }, "the service's line could not be looked at"),
    );
  if (options.works) gates.onRoom((service) => run(resume, service));
  while (!stopping.aborted) {
    await learnServices(context).catch((error) =>
      context.log.warn({ error }, "what is known of services could not be read"),
    );
    if (options.works) for (const service of gates.probesDue()) run(probe, service);
    const pauseMs = learnEveryMs * (0.8 + Math.random() * 0.4);
    await setTimeout(pauseMs, null, { signal: stopping }).catch(() => {});
  }
  gates.onRoom(null);
}

/** Runs one for a service at a time; what is asked for meanwhile is run once more afterwards. */
function oneAtATime(act: (service: string) => Promise<void>) {
  const running = new Set<string>();
  const again = new Set<string>();
  return async (service: string): Promise<void> => {
    if (running.has(service)) {
      again.add(service);
      return;
    }
    running.add(service);
    try {
      do {
        again.delete(service);
        await act(service);
      } while (again.has(service));
    } finally {
      running.delete(service);
    }
  };
}
