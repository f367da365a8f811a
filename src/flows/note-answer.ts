import { setTimeout } from "node:timers/promises";
import { firstProbeMs, probePause } from "../domain/breaker.ts";
import { parkBackoff } from "../store/parking.ts";
import { closeBreaker, openBreaker, scheduleProbe } from "../store/service-states.ts";
import type { FlowContext } from "./context.ts";
import { learnServices } from "./learn-services.ts";

interface AnswerInput {
  readonly service: string;
  readonly deletionId: string;
  /** No answer, or one that asks for a repeat. */
  readonly isFailure: boolean;
  readonly tookMs: number;
  /** The service that this drive probes. */
  readonly probe?: string;
}

/**
 * Tells the service's breaker what a call came to: a run of failures opens it for all processes, a probe
 * that succeeds closes it. Never throws: a ledger that is away learns it from the next call.
 */
export async function noteAnswer(context: FlowContext, input: AnswerInput): Promise<void> {
  const { service, isFailure } = input;
  try {
    if (input.probe === service && context.gates.isOpen(service)) {
      await endProbe(context, input);
    } else if (context.gates.note(service, input.deletionId, isFailure)) {
      context.log.error({ service }, "breaker opened: the service fails, and is only probed");
      await openBreaker(context.store, service, firstProbeMs);
    }
  } catch (error) {
    context.log.warn({ service, error }, "the ledger could not be told of a breaker");
  }
}

async function endProbe(context: FlowContext, input: AnswerInput): Promise<void> {
  const { service, isFailure, tookMs } = input;
  if (isFailure) return await scheduleProbe(context.store, service, probePause(tookMs));
  await closeBreaker(context.store, service);
  context.log.info({ service }, "breaker closed: the service answers again");
  // On its own: the outcome of the probe is to be recorded while its lease lasts.
  context.drives.track(input.deletionId, letBackoffGoOn(context, service));
  await learnServices(context);
}

/** The ledger may be away or overrun just when many services recover. */
const backoffTries = 30;
const backoffPauseMs = 1_000;

async function letBackoffGoOn(context: FlowContext, service: string): Promise<void> {
  for (let tries = 1; !context.drives.isDraining(); tries += 1) {
    try {
      return await parkBackoff(context.store, service);
    } catch (error) {
      context.log.warn({ service, error }, "what failed before waits out its backoff still");
      if (tries === backoffTries) return;
      await setTimeout(backoffPauseMs);
    }
  }
}
